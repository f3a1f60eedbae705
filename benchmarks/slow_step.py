"""A model whose step takes long: the emitted loops must not slow it down."""

import functools
from collections.abc import Iterator

import keras
from trainstep.emitted import import_model

from benchmarks.loops import fit_arrays, fit_fused
from benchmarks.networks import make_mlp, make_rows
from benchmarks.rows import Row, at_least, at_most, summarize
from benchmarks.timing import divide, time_rounds

BATCH_SIZE = 1024
STEPS = 8


def measure(rounds: int = 31, calls: int = 2, units: int = 1024) -> Iterator[Row]:
    """Compares the plain step and fused steps with `fit()`, on a wide network.

    Args:
        rounds: How many epochs to time of each.
        calls: How many times `STEPS` batches an epoch has.
        units: The size of each of three hidden layers.

    Yields:
        How long a step takes, and the ratios.
    """
    x, y = make_rows(calls * STEPS * BATCH_SIZE)
    make = functools.partial(make_mlp, hidden_layers=3, units=units)
    make_fused = functools.partial(make, steps_per_execution=STEPS)
    built_in, plain = make(keras.Model), make(import_model({}).CustomModel)
    runs = {
        "`fit()`": fit_arrays(built_in, x, y, BATCH_SIZE),
        "the plain step": fit_arrays(plain, x, y, BATCH_SIZE),
        f"{STEPS} fused steps": fit_fused(make_fused, x, y, BATCH_SIZE),
    }
    seconds = time_rounds(runs, rounds)
    epochs = seconds.pop("`fit()`")
    milliseconds = [1e3 * epoch / (calls * STEPS) for epoch in epochs]
    yield summarize("slow network, a step", milliseconds, at_least(20), unit="ms")
    for name, times in seconds.items():
        name, ratios = f"slow network, time of {name}", divide(times, epochs)
        yield summarize(name, ratios, at_most(1.01), baseline="`fit()`")
