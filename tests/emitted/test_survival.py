"""A training command that is killed, or meets a full disk, ends as if it had not."""

import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
from trainstep import render_project

DRIVER = Path(__file__).parents[1] / "helpers" / "survival_driver.py"
DENSE = 'keras.layers.Dense(64, activation="relu")'
# State that is neither trainable nor the optimizer's: moving averages, seeds.
LAYERS = f"{DENSE}, keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)"
VARIANTS = {
    "plain": ({}, []),
    "fused": ({"fused_steps": True}, ["--steps-per-execution", "5"]),
    "accumulate": ({"gradients": "accumulate"}, ["--precision", "mixed_float16"]),
    "subclass": ({"model_api": "subclass", "metrics": "manual"}, []),
    "stopped": ({}, ["--epochs", "30", "--learning-rate", "0.1", "--seed", "1"]),
}
KILLED, ENDED = (-signal.SIGKILL, ""), (0, "")
PREEMPTED = 75
# Each strikes the run that was resumed after the one before.
KILLS = [
    "fit 1",
    "write checkpoint_1.tmp.npz 9",
    "after checkpoint_1.npz 1",
    "batch 5",
    "write checkpoint_0.tmp.npz 30",
    "before checkpoint_0.npz 1",
    "after checkpoint_0.npz 1",
    "write metrics.tmp.csv 2",
    "batch 7",
    "write model.tmp.keras 2",
    "before curves.png 1",
]
# The second is among the batches that are done; the third in the next epoch.
ENDS = ["batch 5", "batch 3", "batch 14"]
FULL_DISKS = {
    "batch 17": "checkpoint_0.npz",
    "after checkpoint_0.npz 1": "metrics.csv",
    "after metrics.csv 3": "model.keras",
    "after model.keras 1": "curves.png",
}


class Training:
    """The training command of an emitted project, run in processes of its own."""

    def __init__(self, folder, options, flags):
        render_project({"training": "resumable", **options}, folder)
        network = folder / "src" / "my_model" / "network.py"
        source = network.read_text()
        assert DENSE in source
        network.write_text(source.replace(DENSE, f"keras.Sequential([{LAYERS}])"))
        self.environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
        self.flags = ["--epochs", "4", *flags]
        self.passed = folder / "moments.txt"
        begin = time.monotonic()
        assert self.run(folder / "whole") == ENDED
        self.seconds = time.monotonic() - begin
        self.moments = self.passed.read_text().splitlines()
        self.results = read_results(folder / "whole")

    def run(self, folder, moment="", action="kill", seconds=None):
        """Starts or resumes a run, and strikes at the moment or after the seconds.

        Returns:
            The exit status, and what was written to standard error.
        """
        resume = ["--resume"] if any(folder.glob("checkpoint_?.npz")) else []
        flags = ["--output-dir", folder, *self.flags, *resume]
        with subprocess.Popen(
            [sys.executable, DRIVER, self.passed, moment, action, *flags],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                errors = process.communicate(timeout=seconds)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                errors = process.communicate()[1]
        return process.returncode, errors


def read_results(folder):
    """Reads a run's files; of the model its weights: the rest holds the time."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with zipfile.ZipFile(folder / "model.keras") as model:
        files["model.keras"] = model.read("model.weights.h5")
    return files


@pytest.fixture(scope="module")
def trainings(tmp_path_factory):
    """The trainings by variant; each has run once without an interruption."""

    class Trainings(dict):
        def __missing__(self, variant):
            folder = tmp_path_factory.mktemp("survival") / variant
            self[variant] = Training(folder, *VARIANTS[variant])
            return self[variant]

    return Trainings()


def draw_moments(moments):
    """Draws two moments of each kind, such as the end of a batch."""
    kinds = defaultdict(list)
    for moment in moments:
        kinds[moment.rpartition(" ")[0]].append(moment)
    chance = random.Random(0)
    return [m for kind in kinds.values() for m in chance.sample(kind, k=len(kind[:2]))]


@pytest.fixture
def survive(tmp_path, tally):
    """Strikes a run again and again, lets it end, and compares it."""

    def strike(training, strikes, name="run"):
        folder = tmp_path / name
        ends = [training.run(folder, **strike) for strike in [*strikes, {}]]
        kills = ends.count(KILLED)
        tally("training commands: kills tried", kills)
        assert set(ends) <= {KILLED, ENDED}
        assert read_results(folder) == training.results
        tally("training commands: kills after which the run ended equal", kills)
        return kills

    return strike


def each(variants):
    """Makes a case of each variant; all cases of one run in one process of pytest."""
    marks = {name: pytest.mark.xdist_group(f"survival-{name}") for name in variants}
    cases = [pytest.param(name, marks=mark) for name, mark in marks.items()]
    return pytest.mark.parametrize("variant", cases)


@each(["plain"])
def test_killed_run_ends_equal(variant, trainings, survive):
    strikes = [{"moment": moment} for moment in KILLS]
    assert survive(trainings[variant], strikes) == len(KILLS)


def check_told_to_end(training, folder, moment):
    status, errors = training.run(folder, moment, action="tell")
    assert status == PREEMPTED, errors
    assert re.fullmatch("error: told to end: saved after batch .* --resume\n", errors)


@each(["plain"])
def test_run_that_is_told_to_end_ends_equal(variant, trainings, tmp_path, tally):
    training = trainings[variant]
    for moment in ENDS:
        check_told_to_end(training, tmp_path, moment)
        tally("training commands told to end that saved within an epoch")
    assert training.run(tmp_path, "batch 15") == KILLED
    assert training.run(tmp_path) == ENDED
    assert read_results(tmp_path) == training.results


@pytest.mark.full
@each(VARIANTS)
def test_run_that_is_told_to_end_anywhere_ends_equal(variant, trainings, tmp_path):
    training = trainings[variant]
    batches = [m for m in training.moments if m.startswith("batch")][:-1]
    for moment in random.Random(0).sample(batches, k=5):
        check_told_to_end(training, tmp_path / moment, moment)
        assert training.run(tmp_path / moment) == ENDED
        assert read_results(tmp_path / moment) == training.results


@each(["plain"])
def test_run_ends_equal_after_full_disks(variant, trainings, tmp_path):
    training = trainings[variant]
    for moment, name in FULL_DISKS.items():
        status, errors = training.run(tmp_path, moment, action="fill")
        assert status == 2
        assert errors.startswith(f"error: cannot write {tmp_path / name}: File too")
        assert errors.count("\n") == 1
        assert not list(tmp_path.glob("*.tmp.*"))
    assert training.run(tmp_path) == ENDED
    assert read_results(tmp_path) == training.results


@pytest.mark.full
@each(["plain"])
def test_run_ends_equal_after_damage(variant, trainings, tmp_path):
    training = trainings[variant]
    assert training.run(tmp_path, "batch 30") == KILLED
    last = tmp_path / "checkpoint_0.npz"
    last.write_bytes(last.read_bytes()[:-9])
    status, errors = training.run(tmp_path)
    assert (status, errors.count("going on from checkpoint_1.npz")) == (0, 1)
    assert read_results(tmp_path) == training.results


@pytest.mark.full
@each(VARIANTS)
def test_run_killed_at_any_moment_ends_equal(variant, trainings, survive):
    training = trainings[variant]
    for moment in draw_moments(training.moments):
        assert survive(training, [{"moment": moment}], name=moment) == 1


@pytest.mark.full
@each(VARIANTS)
def test_run_killed_by_the_clock_ends_equal(variant, trainings, survive):
    training, chance = trainings[variant], random.Random(0)
    seconds = [chance.uniform(0, training.seconds) for _ in range(20)]
    survive(training, [{"seconds": second} for second in seconds])
