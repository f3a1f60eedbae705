"""How long fused steps take to compile, against one plain step."""

import functools
from collections.abc import Iterator

from trainstep.emitted import import_model

from benchmarks.loops import Run, fit_arrays, fit_fused
from benchmarks.networks import make_mlp, make_rows
from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, time_once

BATCH_SIZE = 32
STEPS = 32


def measure(rounds: int = 25, hidden_layers: int = 3) -> Iterator[Row]:
    """Compares the time to trace, lower and compile, in turns.

    Args:
        rounds: How many times to compile each, after a first time.
        hidden_layers: How many hidden layers of 64 units the network has.

    Yields:
        The ratio.
    """
    plain_class = import_model({}).CustomModel
    make = functools.partial(make_mlp, hidden_layers=hidden_layers)
    make_fused = functools.partial(make, steps_per_execution=STEPS)
    one, several = make_rows(BATCH_SIZE), make_rows(STEPS * BATCH_SIZE)
    times = [
        (
            time_compilation(fit_fused(make_fused, *several, BATCH_SIZE)),
            time_compilation(fit_arrays(make(plain_class), *one, BATCH_SIZE)),
        )
        for _ in range(1 + rounds)
    ]
    fused, plain = zip(*times[1:], strict=True)
    name = f"compile time of {STEPS} fused steps"
    ratios = divide(fused, plain)
    yield summarize(name, ratios, at_most(1.25), baseline="one plain step")


def time_compilation(fit: Run) -> float:
    """Returns by how many seconds the first epoch takes longer than the second.

    Args:
        fit: Trains a new model for an epoch, by one call of the compiled function.
    """
    return time_once(fit) - time_once(fit)
