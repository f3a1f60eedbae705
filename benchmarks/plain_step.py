"""The emitted plain step, in every variant, against `keras.Model.fit()`."""

import functools
import importlib
from collections.abc import Iterator

import numpy as np
from trainstep.check.selection import select
from trainstep.emitted import use_project
from trainstep.questions import Options

from benchmarks.loops import Run
from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, time_groups

BATCH_SIZE = 32
VARIANTS = {"task": "regression", "gradients": "plain", "fused_steps": "false"}


def measure(rounds: int = 150, steps: int = 100, variants: int = 48) -> Iterator[Row]:
    """Compares epochs of each variant and of the built-in trainer, compiled alike.

    Args:
        rounds: How many pairs of epochs to time of each variant.
        steps: How many batches an epoch has.
        variants: How many variants to compare.

    Yields:
        The variant that compares worst, and the median of all.
    """
    chosen = select(VARIANTS)[:variants]
    groups = [make_runs(options, steps) for options in chosen]
    ratios = [
        divide(seconds["emitted"], seconds["reference"])
        for seconds in time_groups(groups, rounds)
    ]
    medians = [float(np.median(values)) for values in ratios]
    worst = max(ratios, key=np.median)
    row = functools.partial(summarize, target=at_most(1.03), baseline="`fit()`")
    yield row(f"time of a plain step, worst of {len(ratios)} variants", worst)
    yield row(f"time of a plain step, median of {len(ratios)} variants", medians)


def make_runs(options: Options, steps: int) -> dict[str, Run]:
    """Makes the functions that train the emitted model and its reference.

    Args:
        options: Answers by option; those left out take their defaults.
        steps: How many batches an epoch has.
    """
    with use_project(options):
        reference = importlib.import_module("reference")
        models = {
            "emitted": reference.build_model(),
            "reference": reference.build_reference(),
        }
    data = {
        name: np.resize(rows, (steps * BATCH_SIZE, *rows.shape[1:]))
        for name, rows in reference.DATA.items()
    }
    return {
        name: functools.partial(model.fit, **data, batch_size=BATCH_SIZE, verbose=0)
        for name, model in models.items()
    }
