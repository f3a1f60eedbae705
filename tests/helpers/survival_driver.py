"""Runs an emitted training command, and strikes at a chosen moment.

Usage: survival_driver.py MOMENTS MOMENT ACTION FLAG...

The file MOMENTS receives the moments that the run passes until then, one in each line,
such as "batch 3" or "write checkpoint_1.tmp.npz 7": the start of `fit()`, the end of
each batch and, for each file of the run, each part of its bytes that is written (half
of it by then), its synchronisation with the disk, and its rename, before and after. At
MOMENT, `kill` sends SIGKILL, `fill` lets no file grow beyond ten bytes any more, and
`tell` sends SIGTERM and waits until JAX has noticed.
"""

import builtins
import functools
import io
import os
import re
import resource
import runpy
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import keras

open_file, fsync, fit = io.open, os.fsync, keras.Model.fit
names = {}  # Of files that were opened, by descriptor.


class Moments:
    """Counts the moments of each kind, notes them, and strikes at the chosen one."""

    def __init__(self, path, chosen, action):
        self.file = open_file(path, "w", buffering=1)
        self.chosen = chosen
        self.strike = {"kill": kill, "fill": fill, "tell": tell}[action]
        self.counts = Counter()

    def __call__(self, kind):
        self.counts[kind] += 1
        moment = f"{kind} {self.counts[kind]}"
        if not self.file.closed:
            self.file.write(f"{moment}\n")
        if moment == self.chosen:
            self.file.close()
            self.strike()


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def fill():
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


def tell():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(2)  # JAX looks once a second.


class WatchedFile(io.FileIO):
    """A file that passes a moment in the middle of each part that is written."""

    def __init__(self, path, mode):
        super().__init__(path, mode)
        names[self.fileno()] = Path(path).name

    def write(self, data):
        data = memoryview(data).cast("B")
        written = super().write(data[: len(data) // 2])
        pass_moment(f"write {names[self.fileno()]}")
        return written + super().write(data[written:])


def watched_open(path, mode="r", *arguments, **settings):
    """Opens a file as `open()` does, and watches it if the run writes it."""
    if not re.search("[wxa+]", mode) or Path(FOLDER) != Path(str(path)).parent:
        return open_file(path, mode, *arguments, **settings)
    raw = WatchedFile(path, mode.replace("b", "").replace("t", ""))
    buffered = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
    if "b" in mode:
        return buffered
    return io.TextIOWrapper(buffered, *arguments[1:], **settings)


def watched_fsync(descriptor):
    pass_moment(f"fsync {names[descriptor]}")
    fsync(descriptor)


def watched_move(move, source, target, **settings):
    pass_moment(f"before {Path(target).name}")
    move(source, target, **settings)
    pass_moment(f"after {Path(target).name}")


@functools.wraps(fit)
def watched_fit(*arguments, callbacks, **settings):
    pass_moment("fit")
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_, **__: pass_moment("batch")
    )
    return fit(*arguments, callbacks=[*callbacks, watch], **settings)


if __name__ == "__main__":
    MOMENTS, CHOSEN, ACTION, *FLAGS = sys.argv[1:]
    FOLDER = FLAGS[FLAGS.index("--output-dir") + 1]
    pass_moment = Moments(MOMENTS, CHOSEN, ACTION)
    io.open = builtins.open = watched_open
    os.fsync, keras.Model.fit = watched_fsync, watched_fit
    os.replace = functools.partial(watched_move, os.replace)
    os.rename = functools.partial(watched_move, os.rename)
    sys.argv[1:] = FLAGS
    runpy.run_module("my_model.train", run_name="__main__", alter_sys=True)
