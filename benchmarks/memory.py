"""The memory of a step that accumulates gradients over micro-batches."""

from collections.abc import Iterator

import jax
from trainstep.emitted import import_model

from benchmarks.networks import make_mlp, make_rows
from benchmarks.rows import Row, at_most, summarize

MICRO_BATCHES = 8


def measure(batch_size: int = 4096, hidden_layers: int = 16) -> Iterator[Row]:
    """Compares temporary memory, where activations need more than weights do.

    Args:
        batch_size: How many rows a batch has, a multiple of `MICRO_BATCHES`.
        hidden_layers: How many layers keep their activations for the gradients.

    Yields:
        The ratio of what XLA sets aside for the compiled steps.
    """
    plain, accumulating = (
        count_temporary_bytes(gradients, batch_size, hidden_layers)
        for gradients in ("plain", "accumulate")
    )
    yield summarize(
        f"temporary memory of `accumulate`, {MICRO_BATCHES} micro-batches",
        [accumulating / plain],
        at_most(0.25),
        baseline="`gradients=plain`",
    )


def count_temporary_bytes(gradients: str, batch_size: int, hidden_layers: int) -> int:
    """Compiles a step and asks XLA for the bytes that it holds while it runs.

    Args:
        gradients: The choice of the option `gradients`.
        batch_size: How many rows a batch has.
        hidden_layers: How many hidden layers of 64 units the network has.
    """
    model = make_mlp(import_model({"gradients": gradients}).CustomModel, hidden_layers)
    model.micro_batches = MICRO_BATCHES
    model.optimizer.build(model.trainable_variables)
    variables = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    state = tuple([variable.value for variable in group] for group in variables)
    step = jax.jit(model.train_step, donate_argnums=0)
    compiled = step.lower(state, make_rows(batch_size)).compile()
    analysis = compiled.memory_analysis()
    assert analysis
    return int(analysis.temp_size_in_bytes)
