"""Runs an emitted training command in several processes on this machine."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

DRIVER = Path(__file__).with_name("survival_driver.py")
LIMIT = 200  # Seconds for a run; JAX takes 100 to miss a process that is gone.
KILLED = -signal.SIGKILL


class Cluster(NamedTuple):
    processes: int
    devices: int  # Of each process.


class Ended(NamedTuple):
    """How a process ended: its exit status, and what it wrote."""

    status: int
    output: str
    errors: str


def train(project, results, cluster, flags=(), kill=None):
    """Runs the command once in each process of a cluster.

    Args:
        project: The folder of the emitted project.
        results: The folder for the results. To each process but the first, another
            folder is given, into which it must not write.
        cluster: How many processes, with how many devices; of a single process
            without devices of its own, the command gets no flags for them.
        flags: Further flags.
        kill: Which process is killed, and at which moment of `survival_driver.py`.

    Returns:
        An `Ended` for each process.
    """
    logs = results.with_suffix(".logs")
    logs.mkdir(exist_ok=True)
    with hold_port() as port, contextlib.ExitStack() as stack:
        started = []
        for number in range(cluster.processes):
            folder = results if number == 0 else logs / f"unused_{number}"
            more = ["--output-dir", folder, *flags]
            if cluster.processes > 1:
                more += ["--coordinator-address", f"localhost:{port}"]
                more += ["--num-processes", str(cluster.processes)]
                more += ["--process-id", str(number)]
            moment = kill[1] if kill and kill[0] == number else ""
            command = [DRIVER, logs / f"{number}.moments", moment, "kill", *more]
            process = start(project, cluster, command, logs / str(number))
            stack.callback(process.kill)
            started.append(process)
        for process in started:
            process.wait(LIMIT)
    assert not list(logs.glob("unused_*"))
    return [
        Ended(process.returncode, *(read(logs / f"{number}{end}") for end in ENDS))
        for number, process in enumerate(started)
    ]


ENDS = ".out", ".err"


def start(project, cluster, command, log):
    """Starts one process, which writes to two files."""
    flag = f"--xla_force_host_platform_device_count={cluster.devices}"
    environment = {"PYTHONPATH": str(project / "src"), "XLA_FLAGS": flag}
    with contextlib.ExitStack() as stack:
        output, errors = (
            stack.enter_context(log.with_suffix(end).open("w")) for end in ENDS
        )
        return subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **environment},
            stdout=output,
            stderr=errors,
        )


def read(path):
    return path.read_text()


@contextlib.contextmanager
def hold_port():
    """Finds a port that is free, and keeps it so for JAX, which may share it."""
    with socket.socket(socket.AF_INET6) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("::", 0))
        yield held.getsockname()[1]
