"""Worker processes, each of which checks one combination after the other.

A worker holds one combination at a time, so a worker that dies, at its start too, is
the failure of that combination and of no other.
"""

import contextlib
import faulthandler
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue

from trainstep.check.combination import Outcome, check
from trainstep.check.processes import run_python
from trainstep.questions import Options


class Worker:
    """A process that checks combinations, in a session of its own.

    So an interrupt at the terminal does not reach it.
    """

    def __init__(self, log: Path, environment: Mapping[str, str], replies: "Replies"):
        """Starts the process.

        Args:
            log: The file that takes what is printed in the process.
            environment: The process's environment variables.
            replies: The queue for the process's replies.
        """
        self._log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                run_python(__name__),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env=environment,
                text=True,
                start_new_session=True,
            )
        self._listener = threading.Thread(
            target=self._listen, args=(replies,), daemon=True
        )
        self._listener.start()

    def start(self, options: Options) -> None:
        """Begins the check of a combination."""
        self._options, self._began = options, time.perf_counter()
        os.truncate(self._log, 0)
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # The end of its replies tells.
            self._process.stdin.write(json.dumps(options) + "\n")
            self._process.stdin.flush()

    def read_outcome(self, reply: str) -> Outcome:
        """Turns a reply into the outcome of the combination in hand."""
        if reply:
            return Outcome(**json.loads(reply))
        problem = _describe_death(self._process.wait())
        details = f"{problem}\n{self._log.read_text('utf-8', 'replace')}".strip()
        seconds = time.perf_counter() - self._began
        return Outcome(self._options, problem, details, seconds)

    def end(self) -> None:
        """Ends the process at once."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def _listen(self, replies: "Replies") -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                if line.endswith("\n"):
                    replies.put((self, line))
        replies.put((self, ""))


Replies = SimpleQueue[tuple[Worker, str]]
"""What workers reply: an outcome as a line of JSON, and nothing when they end."""


def check_all(
    combinations: Sequence[Options], jobs: int
) -> Generator[Outcome, None, None]:
    """Checks combinations in worker processes, which end when the generator does.

    Args:
        combinations: The combinations.
        jobs: How many workers there may be.

    Yields:
        The outcomes, as they come.
    """
    waiting = deque(combinations)
    replies: Replies = SimpleQueue()
    busy: set[Worker] = set()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        contextlib.ExitStack() as stack,
    ):
        while waiting or busy:
            if waiting and len(busy) < jobs:
                log = Path(folder, f"{len(waiting)}.log")
                worker = Worker(log, _make_environment(folder), replies)
                stack.callback(worker.end)
                worker.start(waiting.popleft())
                busy.add(worker)
                continue
            worker, reply = replies.get()
            if worker not in busy:  # It had nothing left to do when it ended.
                continue
            outcome = worker.read_outcome(reply)
            if reply and waiting:
                worker.start(waiting.popleft())
            else:
                busy.remove(worker)
            yield outcome


def main() -> None:
    """Checks the combinations that come, and replies with their outcomes.

    Each is a line of JSON. What else is read or printed has to do with neither.
    """
    requests, replies = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    faulthandler.enable()
    for line in requests:
        print(check(json.loads(line)).to_json(), file=replies, flush=True)


def _make_environment(folder: str) -> dict[str, str]:
    """Returns the environment variables of workers that keep their files in a folder.

    What the workers compile, they share.
    """
    return {
        "JAX_COMPILATION_CACHE_DIR": str(Path(folder, "compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        **os.environ,
        "KERAS_BACKEND": "jax",
        "TMPDIR": folder,
    }


def _describe_death(code: int) -> str:
    if code >= 0:
        return f"The process of the check ended, with exit code {code}."
    names = {number.value: number.name for number in signal.Signals}
    name = names.get(-code, f"signal {-code}")
    memory = " Did memory run out?" if name == "SIGKILL" else ""
    return f"The process of the check was killed by {name}.{memory}"
