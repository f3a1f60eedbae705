"""Fused steps against `fit()`, and against a loop written by hand."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import keras
from trainstep.emitted import import_model

from benchmarks.hand_written import Trainer
from benchmarks.loops import Run, fit_arrays, fit_fused, fit_nothing
from benchmarks.networks import Array, make_mlp, make_rows
from benchmarks.rows import Row, at_least, at_most, summarize
from benchmarks.timing import divide, time_rounds

BATCH_SIZE = 32
STEPS = 32
EPOCHS = 5

SPEEDS = {0: (8, 2.5), 1: (6, 2), 3: (6, 2)}
"""By hidden layers: how many times as fast as `fit()`, without and with `STEPS`."""

TIMES = {0: 2, 1: 1.3, 3: 1.15}
"""By hidden layers: the time against that of the loop written by hand."""

FUSED, ARRAYS, EPOCH = "`FusedBatches`", "fused, from arrays", "an epoch a call"
FIT, FIT_STEPS = "`fit()`", f"`fit()`, `steps_per_execution={STEPS}`"
HAND, EMPTY = "a scan written by hand", "empty steps"


def measure(
    rounds: int = 15, calls: int = 60, depths: Sequence[int] = tuple(SPEEDS)
) -> Iterator[Row]:
    """Compares epochs over the same rows, in an order of each epoch's own.

    Args:
        rounds: How many times to time `EPOCHS` epochs of each.
        calls: How many times `STEPS` batches an epoch has.
        depths: How many hidden layers the networks have.

    Yields:
        For each network, its speed against Keras's own loops and its time against
        that of the loop written by hand.
    """
    x, y = make_rows(calls * STEPS * BATCH_SIZE)
    for depth in depths:
        seconds = time_rounds(make_runs(depth, x, y), rounds)
        yield from compare(depth, seconds)


def compare(depth: int, seconds: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    """Makes the rows of a network.

    Args:
        depth: How many hidden layers it has.
        seconds: What the loops took in each round, by name.
    """
    network = f"hidden layers: {depth}"
    name = f"{STEPS} fused steps, {network}"
    for baseline, limit in zip((FIT, FIT_STEPS), SPEEDS[depth], strict=True):
        ratios = divide(seconds[baseline], seconds[FUSED])
        yield summarize(f"speed of {name}", ratios, at_least(limit), baseline=baseline)
    ratios = divide(seconds[ARRAYS], seconds[FUSED])
    yield summarize(
        f"time of {name}, `fit(x, y)`", ratios, at_most(1.15), baseline=FUSED
    )
    ratios = divide(seconds[FUSED], seconds[HAND])
    yield summarize(f"time of {name}", ratios, at_most(TIMES[depth]), baseline=HAND)
    ratios = divide(seconds[EPOCH], seconds[HAND])
    name = f"time of fused steps, an epoch a call, data on the device, {network}"
    yield summarize(name, ratios, at_most(1.05), baseline=HAND)
    name = f"time of `fit()` around {STEPS} empty steps, {network}"
    ratios = divide(seconds[EMPTY], seconds[HAND])
    yield summarize(name, ratios, baseline=HAND)


def make_runs(depth: int, x: Array, y: Array) -> dict[str, Run]:
    """Makes the loops, by name, each for a network of its own.

    Args:
        depth: How many hidden layers the networks have.
        x: Inputs, `(rows, networks.FEATURES)`.
        y: Targets, `(rows, 1)`.
    """
    make = functools.partial(make_mlp, hidden_layers=depth)
    make_fused = functools.partial(make, steps_per_execution=STEPS)
    model_class = import_model({"fused_steps": True}).CustomModel
    models = {
        FIT: make(keras.Model),
        FIT_STEPS: make_fused(keras.Model),
        ARRAYS: make_fused(model_class),
    }
    fit = functools.partial(fit_arrays, x=x, y=y, batch_size=BATCH_SIZE, epochs=EPOCHS)
    hand = Trainer(make(keras.Model), BATCH_SIZE, STEPS)
    steps = len(x) // BATCH_SIZE
    make_epoch = functools.partial(make, steps_per_execution=steps)
    on_device: Any = jax.device_put((x, y))
    return {
        **{name: fit(model) for name, model in models.items()},
        FUSED: fit_fused(make_fused, x, y, BATCH_SIZE, EPOCHS),
        EPOCH: fit_fused(make_epoch, on_device[0], on_device[1], BATCH_SIZE, EPOCHS),
        HAND: functools.partial(hand.fit, x, y, EPOCHS),
        EMPTY: fit_nothing(make_fused(keras.Model), x[:1], y[:1], EPOCHS, steps),
    }
