"""Worker processes, each of which judges one case after the other.

A case that hangs or kills its process fails, and a new process takes the next.
"""

import contextlib
import multiprocessing
import os
import signal
import tempfile
import warnings
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from trainstep.audit.outcome import Outcome
from trainstep.audit.settings import set_environment
from trainstep.errors import CheckError

LIMIT = 120.0
"""The seconds that a case may take."""

START_LIMIT = 300.0
"""The seconds that importing Keras and the class may take."""


class Worker:
    """A process that imports a class and judges cases."""

    def __init__(self, target: str, cache: str, limit: float) -> None:
        """Starts the process.

        Args:
            target: Where the class is.
            cache: A folder for what is compiled.
            limit: The seconds that a case may take.
        """
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        arguments = (other, target, cache)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        other.close()
        self._limit = limit

    def wait(self) -> None:
        """Waits until the class is imported.

        Raises:
            CheckError: If it cannot be audited.
        """
        reply = self._receive(START_LIMIT)
        if isinstance(reply, str):
            raise CheckError(f"The class cannot be imported: {reply}")
        if isinstance(reply, CheckError):
            raise reply

    def judge(self, case: str) -> Outcome:
        """Judges a case. One that does not end, or ends the process, has failed."""
        with contextlib.suppress(OSError):  # Of a process that ended meanwhile.
            self._connection.send(case)
        reply = self._receive(self._limit)
        if isinstance(reply, Outcome):
            return reply
        return Outcome(case, "fails", reply, 0.0)

    @property
    def is_alive(self) -> bool:
        """Whether the process can take another case."""
        return self._process.is_alive()

    def end(self) -> None:
        """Ends the process at once."""
        self._process.kill()
        self._process.join()

    def _receive(self, limit: float) -> Any:
        """Returns what the process sends, or in a line why it sends nothing."""
        if not self._connection.poll(limit):
            self.end()
            return f"it did not end within {limit:.0f} seconds"
        try:
            return self._connection.recv()
        except (EOFError, OSError):
            self._process.join()
            return _describe_end(self._process.exitcode or 0)


class Pool:
    """Workers that take cases in turns, and make room for new ones when they die."""

    def __init__(self, target: str, cache: str, jobs: int, limit: float) -> None:
        """Prepares workers, which start when they are needed."""
        self._arguments = (target, cache, limit)
        self._workers: list[Worker] = []
        self._idle: SimpleQueue[Worker | None] = SimpleQueue()
        for _ in range(jobs):
            self._idle.put(None)

    def judge(self, case: str) -> Outcome:
        """Judges a case in a worker that is idle."""
        worker = self._idle.get()
        try:
            if not (worker and worker.is_alive):
                self._workers.append(worker := Worker(*self._arguments))
                worker.wait()
            return worker.judge(case)
        finally:
            self._idle.put(worker)

    def end(self) -> None:
        """Ends all workers at once."""
        for worker in self._workers:
            worker.end()


def judge_all(
    target: str, cases: Sequence[str], jobs: int, limit: float = LIMIT
) -> Generator[Outcome, None, None]:
    """Judges cases in worker processes, which end when the generator does.

    Args:
        target: Where the class is.
        cases: The names of the cases.
        jobs: How many processes there may be.
        limit: The seconds that a case may take.

    Yields:
        The outcomes, as they come.

    Raises:
        CheckError: If the class cannot be audited.
    """
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache,
        ThreadPoolExecutor(jobs) as threads,
    ):
        pool = Pool(target, cache, jobs, limit)
        try:
            futures = [threads.submit(pool.judge, case) for case in cases]
            for future in as_completed(futures):
                yield future.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            pool.end()


def serve(connection: Connection, target: str, cache: str) -> None:
    """Imports a class, then judges the cases whose names come; runs in a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The process that asks ends this one.
    warnings.simplefilter("ignore")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    set_environment(cache)
    from trainstep.audit.judge import Judge  # Imports Keras.

    try:
        judge = Judge(target)
    except CheckError as error:
        connection.send(error)
        return
    connection.send(None)
    while True:
        connection.send(judge(connection.recv()))


def _describe_end(code: int) -> str:
    if code >= 0:
        return f"its process ended, with exit code {code}"
    return f"its process was killed by {signal.Signals(-code).name}"
