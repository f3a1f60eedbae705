"""Fused steps on many kinds of models: never slower than `fit()`."""

import functools
from collections.abc import Iterator, Sequence

import keras
import numpy as np
from trainstep.emitted import import_model

from benchmarks.kinds import KINDS, Kind
from benchmarks.loops import Run
from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, time_rounds

BATCH_SIZE = 32
STEPS = 8
KERAS_FUSES = tuple(map(int, keras.version().split(".")[:2])) >= (3, 16)
FUSED, FIT, FIT_STEPS = "fused", "`fit()`", f"`fit()`, `steps_per_execution={STEPS}`"


def measure(
    rounds: int = 15, calls: int = 2, names: Sequence[str] = tuple(KINDS)
) -> Iterator[Row]:
    """Compares epochs on the same arrays, given to `fit()`.

    Args:
        rounds: How many epochs to time of each.
        calls: How many times `STEPS` batches an epoch has.
        names: The kinds to compare, of those in `KINDS`.

    Yields:
        For each kind, the time against Keras's two loops, then the median of all.
    """
    medians = []
    for name in names:
        seconds = time_rounds(make_runs(KINDS[name], calls), rounds)
        ratios = divide(seconds[FUSED], seconds[FIT])
        medians.append(float(np.median(ratios)))
        row = functools.partial(summarize, f"time of {STEPS} fused steps: {name}")
        yield row(ratios, at_most(1.05), baseline=FIT)
        ratios = divide(seconds[FUSED], seconds[FIT_STEPS])
        limit = at_most(1.05) if KERAS_FUSES else None
        yield row(ratios, limit, baseline=FIT_STEPS)
    name = f"time of {STEPS} fused steps, median of {len(medians)} kinds of models"
    yield summarize(name, medians, at_most(0.95), baseline=FIT)


def make_runs(kind: Kind, calls: int) -> dict[str, Run]:
    """Makes the loops, by name, each for a model of its own."""
    x, y = kind.make_rows(calls * STEPS * BATCH_SIZE)
    fused_class = import_model({"fused_steps": True}).CustomModel
    models = {
        FIT: kind.build(keras.Model, 1),
        FIT_STEPS: kind.build(keras.Model, STEPS),
        FUSED: kind.build(fused_class, STEPS),
    }
    return {
        name: functools.partial(model.fit, x, y, batch_size=BATCH_SIZE, verbose=0)
        for name, model in models.items()
    }
