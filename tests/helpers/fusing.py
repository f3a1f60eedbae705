"""Builds models whose steps are fused, and compares what they train."""

import importlib

import jax
import keras
import numpy as np
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import X, Y
from trainstep.emitted import use_project

DATA = X[:37], Y[:37]


def emit(**options):
    """Returns the emitted `CustomModel` and the module of `FusedBatches`."""
    with use_project({"fused_steps": True, **options}):
        model = importlib.import_module("my_model.model")
        return model.CustomModel, importlib.import_module("my_model.fused_steps")


def build(model_class, *hidden, steps=3, **arguments):
    """Builds and compiles a model that takes some steps in a call."""
    keras.utils.set_random_seed(0)
    model = shared.build(model_class, *hidden)
    arguments = {"metrics": ["mae"], "steps_per_execution": steps, **arguments}
    model.compile("adam", "mse", **arguments)
    return model


def train(model, x=DATA[0], y=DATA[1], **arguments):
    """Fits two epochs, twice; returns the history and the state."""
    arguments = {"epochs": 2, "batch_size": 8, "verbose": 0, **arguments}
    histories = [model.fit(x, y, **arguments).history for _ in range(2)]
    evaluation = model.evaluate(*DATA, batch_size=8, verbose=0)
    return histories, evaluation, shared.get_state(model)


def check_equal(results, expected):
    """Asserts that two results have the same numbers, to the bit."""
    for result, value in zip(*map(jax.tree.leaves, (results, expected)), strict=True):
        np.testing.assert_array_equal(result, value)
