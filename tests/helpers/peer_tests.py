"""Runs Keras's own trainer tests, with emitted steps in place of the built-in ones.

Usage: peer_tests.py OUTCOMES [OPTION=CHOICE ...]

Without options, the built-in steps are tested. A JSON file receives, for each test that
ran, what it failed with, or null.
"""

import json
import os
import sys

import keras
import pytest
from keras.src.backend.jax import trainer
from keras.src.models.model import Model
from trainstep.emitted import import_model

TESTS = "keras.src.trainers.trainer_test"


class Recorder:
    """A pytest plugin that records the outcome of each test."""

    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            failed = report.outcome != "passed"
            self.outcomes[report.location[2]] = report.longreprtext if failed else None


def replace_trainer(options):
    """Puts a `CustomModel` that extends Keras's trainer under every Keras model."""
    built_in = trainer.JAXTrainer
    keras.Model = built_in
    built_in.get_config = None  # Keras registers no class without.
    custom = import_model(options).CustomModel
    del built_in.get_config
    custom.global_clipnorm = 1e6  # These tests know nothing of clipped gradients.
    keras.Model = Model
    bases = (custom if base is built_in else base for base in Model.__bases__)
    Model.__bases__ = tuple(bases)
    trainer.JAXTrainer = custom


def main(path, *arguments):
    options = dict(argument.split("=") for argument in arguments)
    if options:
        replace_trainer(options)
    recorder = Recorder()
    command = ["-q", "--tb=short", "-W", "ignore", "-p", "no:cacheprovider"]
    # The settings of this project are not for Keras's tests.
    command += ["-c", os.devnull, "--pyargs"]
    pytest.main([*command, TESTS], plugins=[recorder])
    with open(path, "w") as file:
        json.dump(recorder.outcomes, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
