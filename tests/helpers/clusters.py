"""Runs an emitted training command in several processes, and reads its results."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

DRIVER = Path(__file__).with_name("survival_driver.py")
LIMIT = 600  # Seconds for a run; JAX takes 100 to miss a process that is gone.
KILLED = -signal.SIGKILL
ENDS = ".out", ".err"


class Cluster(NamedTuple):
    processes: int
    devices: int  # Of each process.


class Ended(NamedTuple):
    """How a process ended: its exit status, and what it wrote."""

    status: int
    output: str
    errors: str


def train(project, results, cluster, flags=(), kill=None, action="kill"):
    """Runs the command once in each process of a cluster.

    Args:
        project: The folder of the emitted project.
        results: The folder for the results. To each process but the first, another
            folder is given, into which it must not write.
        cluster: How many processes, with how many devices each.
        flags: Further flags.
        kill: Which process is struck, or "all", and at which moment of
            `survival_driver.py`.
        action: What `survival_driver.py` does to it then.

    Returns:
        An `Ended` for each process.
    """
    logs = results.with_suffix(".logs")
    logs.mkdir(exist_ok=True)
    with hold_port() as port, contextlib.ExitStack() as stack:
        started = []
        for number in range(cluster.processes):
            moment = kill[1] if kill and kill[0] in (number, "all") else ""
            folder = results if number == 0 else logs / f"unused_{number}"
            command = [DRIVER, logs / f"{number}.moments", moment, action]
            command += ["--output-dir", folder, *flags]
            command += list_flags(cluster, number, port)
            process = start(project, cluster, command, logs / str(number))
            stack.callback(process.kill)
            started.append(process)
        for process in started:
            process.wait(LIMIT)
    assert not list(logs.glob("unused_*"))
    return [
        Ended(process.returncode, *[(logs / f"{i}{end}").read_text() for end in ENDS])
        for i, process in enumerate(started)
    ]


def list_flags(cluster, number, port):
    """Lists the flags that connect a process to the others, if there are any."""
    if cluster.processes == 1:
        return []
    count = ["--num-processes", str(cluster.processes), "--process-id", str(number)]
    return ["--coordinator-address", f"localhost:{port}", *count]


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


@contextlib.contextmanager
def hold_port():
    """Finds a port that is free, and keeps it so for JAX, which may share it."""
    with socket.socket(socket.AF_INET6) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("::", 0))
        yield held.getsockname()[1]


def read_numbers(folder):
    """Reads the arrays of both checkpoints, the metrics, and the model's weights."""
    numbers = {"metrics": np.loadtxt(folder / "metrics.csv", delimiter=",", skiprows=1)}
    for path in folder.glob("checkpoint_?.npz"):
        with np.load(path) as file:
            names = set(file) - {"state"}
            numbers |= {f"{path.stem} {name}": file[name] for name in names}
    with zipfile.ZipFile(folder / "model.keras") as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(weights) as file:
        file.visititems(lambda name, item: numbers.update(read_dataset(name, item)))
    return numbers


def read_dataset(name, item):
    return {name: item[()]} if isinstance(item, h5py.Dataset) else {}
