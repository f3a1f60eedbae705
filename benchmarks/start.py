"""How soon the emitted command trains, against `import keras` and one `fit()`."""

import functools
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from trainstep import render_project
from trainstep.questions import resolve

from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, run_command, time_rounds

BEFORE = """
import os

import keras

keras.callbacks.CallbackList.on_train_batch_end = lambda *_: os._exit(0)
"""
"""Ends the process after its first step."""

EMITTED = """
import runpy

runpy.run_module("{package_name}.train", run_name="__main__")
"""
FIT = """
import numpy as np

x, y = np.random.rand(353, 10), np.random.rand(353, 1)
layers = [keras.layers.Dense(units, "relu") for units in (64, 64)]
model = keras.Sequential([*layers, keras.layers.Dense(1)])
model.compile("adam", "mse", weighted_metrics=["mae"])
model.fit(x, y, verbose=0)
"""
"""What one types who knows Keras, with as many layers and rows as the project has."""


def measure(rounds: int = 15) -> Iterator[Row]:
    """Times processes from their start to the end of their first step.

    Args:
        rounds: How many times to start each.

    Yields:
        The seconds of a new project's `python -m my_model.train`, and the ratio.
    """
    with tempfile.TemporaryDirectory() as name:
        render_project({}, Path(name, "project"))
        scripts = {"emitted": EMITTED.format(**resolve({})), "fit": FIT}
        runs = {
            key: functools.partial(start, BEFORE + script, Path(name, "project"))
            for key, script in scripts.items()
        }
        seconds = time_rounds(runs, rounds)
    name = "time to the first step of `python -m my_model.train`"
    yield summarize(name, seconds["emitted"], unit="s")
    ratios = divide(seconds["emitted"], seconds["fit"])
    yield summarize(name, ratios, at_most(1.15), baseline="`import keras`, `fit()`")


def start(script: str, project: Path) -> None:
    """Runs a script in a project's folder, until it ends itself."""
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": "src"}
    run_command(sys.executable, "-c", script, cwd=project, env=environment)
