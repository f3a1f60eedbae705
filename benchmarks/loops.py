"""Ways to train: by `fit()` alone, as emitted commands do, and not at all."""

import functools
import importlib
import itertools
from collections.abc import Callable
from typing import Any

import keras
from trainstep.emitted import use_project
from trainstep.questions import Options, resolve

from benchmarks.networks import Array

Run = Callable[[], Any]
"""Trains a model of its own for some epochs."""


def fit_arrays(
    model: keras.Model, x: Array, y: Array, batch_size: int, epochs: int = 1
) -> Run:
    """Leaves the batches to Keras.

    Args:
        model: A compiled model.
        x: Inputs, `(rows, networks.FEATURES)`.
        y: Targets, `(rows, 1)`.
        batch_size: How many rows a batch has.
        epochs: How many epochs one call trains for.
    """
    return functools.partial(
        model.fit, x, y, batch_size=batch_size, epochs=epochs, verbose=0
    )


def fit_fused(
    make_model: Callable[[type[keras.Model]], keras.Model],
    x: Array,
    y: Array,
    batch_size: int,
    epochs: int = 1,
) -> Run:
    """Takes the batches of several steps at once, by `FusedBatches`.

    Args:
        make_model: Builds and compiles a model of a class.
        x: Inputs, `(rows, networks.FEATURES)`.
        y: Targets, `(rows, 1)`.
        batch_size: How many rows a batch has.
        epochs: How many epochs one call trains for.
    """
    options: Options = {"fused_steps": True}
    package = resolve(options)["package_name"]
    with use_project(options):
        step = importlib.import_module(f"{package}.model")
        fused = importlib.import_module(f"{package}.fused_steps")
    model = make_model(step.CustomModel)
    data = fused.FusedBatches(model, x, y, batch_size=batch_size)
    return functools.partial(model.fit, data, epochs=epochs, verbose=0)


def fit_nothing(model: keras.Model, x: Array, y: Array, epochs: int, steps: int) -> Run:
    """Leaves out the batches and the steps, so that Keras's loop alone remains.

    Args:
        model: A compiled model.
        x: Inputs of one batch, which the loop is given all the time.
        y: Its targets.
        epochs: How many epochs one call runs.
        steps: How many steps an epoch has.
    """
    logs = {"loss": keras.ops.zeros(())}
    model.train_function = lambda state, batches: (next(batches) and logs, state)
    data = ((x, y) for _ in itertools.count())
    return functools.partial(
        model.fit,
        data,
        steps_per_epoch=steps,
        shuffle=False,
        epochs=epochs,
        verbose=0,
    )
