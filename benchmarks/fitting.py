"""How many models are fitted, saved and compared in a second, as the suite does."""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from unittest import mock

from trainstep import combinations
from trainstep.questions import Options

from benchmarks.rows import Row, at_least, at_most, summarize
from tests.helpers.compiling import QUICK

PROCESSES = 2
GROUPED_BY = ("task", "model_api", "loss")
"""By the answers to these, the suite deals combinations out to its processes."""

Span = tuple[float, float]
"""When the check of a model began and when it ended, in seconds."""


def measure(groups: int = 4, models: int | None = None) -> Iterator[Row]:
    """Fits groups of combinations, drawn by chance but always the same.

    Args:
        groups: How many groups to fit.
        models: How many combinations to fit of each group, by default all.

    Yields:
        The models a second, and how the latest options change the seconds a model.
    """
    drawn = [group[:models] for group in random.Random(0).sample(list_groups(), groups)]
    spans = fit_all(drawn)
    starts, ends = zip(*(span for group in spans for span in group), strict=True)
    rate = len(starts) / (max(ends) - min(starts))
    name = f"models fitted and compared, {PROCESSES} processes"
    yield summarize(name, [rate], at_least(8), unit="models/s")
    yield summarize(
        "seconds a model, all options asked",
        list(map(compare_late, drawn, spans)),
        at_most(1.1),
        baseline="without `gradients` and `fused_steps`",
    )


def list_groups() -> list[list[Options]]:
    """Lists the groups, each in the order of the catalog."""

    def name_group(options: Options) -> list[str]:
        return [str(options.get(name)) for name in GROUPED_BY]

    ordered = sorted(combinations(), key=name_group)
    return [list(group) for _, group in groupby(ordered, name_group)]


def is_late(options: Options) -> bool:
    """Tells whether one of the two latest options is not at its default."""
    gradients, fused_steps = options.get("gradients"), options.get("fused_steps")
    return gradients in ("clip", "accumulate") or fused_steps is True


def fit_all(groups: Sequence[Sequence[Options]]) -> list[list[Span]]:
    """Fits groups in processes that compile as the suite's do, and share that."""
    with (
        tempfile.TemporaryDirectory() as cache,
        mock.patch.dict(
            os.environ,
            **QUICK,
            JAX_COMPILATION_CACHE_DIR=cache,
            JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0",
        ),
        ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool,
    ):
        return list(pool.map(fit_group, groups))


def fit_group(group: Sequence[Options]) -> list[Span]:
    """Checks one combination after the other, as `trainstep check` does."""
    from trainstep.verify import verify  # Keras's import does not count.

    spans = []
    for options in group:
        start = time.perf_counter()
        verify(options)
        spans.append((start, time.perf_counter()))
    return spans


def compare_late(group: Sequence[Options], spans: Sequence[Span]) -> float:
    """Divides the mean time of all models by that of those without late options."""
    seconds = [end - start for start, end in spans]
    pairs = zip(group, seconds, strict=True)
    early = [second for options, second in pairs if not is_late(options)]
    return statistics.mean(seconds) / statistics.mean(early)
