"""The emitted step of each algorithm, against its reference and in fused steps."""

import functools
import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar
from unittest import mock

import jax
import keras
import numpy as np
from trainstep.emitted import use_project
from trainstep.questions import Options, questions

from benchmarks import accumulation
from benchmarks.loops import Run
from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, time_rounds

BATCH_SIZE = 32
STEPS = 32
SHORT = 1e-4
"""A compiled step that takes fewer seconds is a short one."""


def list_choices() -> dict[str, Options]:
    """Lists the options of each algorithm, and of each other way to get gradients."""
    choices = {question.name: question.choices for question in questions()}
    others = [choice for choice in choices["gradients"] if choice != "plain"]
    pairs = ("algorithm", choices["algorithm"]), ("gradients", others)
    return {str(choice): {name: choice} for name, group in pairs for choice in group}


def measure(
    rounds: int = 31, calls: int = 2, names: Sequence[str] | None = None
) -> Iterator[Row]:
    """Compares compiled steps, then epochs of plain and of fused steps.

    Args:
        rounds: How many times to time each.
        calls: How many times `STEPS` batches an epoch has.
        names: The choices to measure, by default all.

    Yields:
        For each choice, the time of its compiled step against the reference's, and
        the time of fused steps against that of plain ones.
    """
    for name, options in list_choices().items():
        if names is None or name in names:
            yield from measure_choice(name, options, rounds, calls)


def measure_choice(
    name: str, options: Options, rounds: int, calls: int
) -> Iterator[Row]:
    """Makes the rows of one choice."""
    seconds = time_rounds(make_steps(options), rounds)
    microseconds = [1e6 * second for second in seconds["emitted"]]
    yield summarize(f"compiled step: {name}", microseconds, unit="µs")
    yield summarize(
        f"time of the compiled step: {name}",
        divide(seconds["emitted"], seconds["reference"]),
        at_most(1.1),
        baseline="its reference",
    )
    limit = 1 / 3 if np.median(seconds["emitted"]) < SHORT else 1.0
    seconds = time_rounds(make_epochs(options, calls), rounds)
    yield summarize(
        f"time of {STEPS} fused steps: {name}",
        divide(seconds["fused"], seconds["plain"]),
        at_most(limit),
        baseline="`fit()` of its plain step",
    )


def make_steps(options: Options) -> dict[str, Run]:
    """Makes the compiled steps of a choice and of its reference, for one batch."""
    with mock.patch.object(jax, "jit", Recorder), use_project(options):
        reference: Any = importlib.import_module("reference")
        batch = {name: rows[:BATCH_SIZE] for name, rows in reference.DATA.items()}
        return {
            "emitted": compile_step(reference.build_model(), batch),
            "reference": compile_reference(reference, batch, options),
        }


def compile_step(
    model: keras.Model, batch: dict[str, Any], train_step: Any = None
) -> Run:
    """Compiles a step of a model, by default its own; its state stays as it is."""
    model.train_on_batch(**batch)  # Builds what is not built yet.
    step = Recorder.compile(train_step or model.train_step)
    return wait_for(functools.partial(step, copy_state(model), (*batch.values(),)))


def copy_state(model: keras.Model) -> list[list[jax.Array]]:
    """Copies the values of the four lists of variables that `train_step()` takes."""
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    return [[jax.numpy.array(v.value) for v in group] for group in groups]


def compile_reference(reference: Any, batch: dict[str, Any], options: Options) -> Run:
    """Compiles what a reference runs for a batch: Keras's step, or parts of a loop.

    Where gradients are accumulated, the reference takes a batch as a whole: what
    micro-batches must cost is a scan of our own.
    """
    if options.get("gradients") == "accumulate":
        model = reference.build_reference()
        micro_batches = reference.model.CustomModel.micro_batches
        step = functools.partial(accumulation.train_step, model, micro_batches)
        return compile_step(model, batch, step)
    if hasattr(reference, "build_reference"):
        return compile_step(reference.build_reference(), batch)
    reference.EPOCHS = 1
    Recorder.calls.clear()
    reference.expected(batch)
    calls = list(Recorder.calls)
    return wait_for(lambda: [call() for call in calls])


class Recorder:
    """Takes the place of `jax.jit()`, and remembers the calls.

    Attributes:
        calls: The calls of all compiled functions, which can be made again.
    """

    calls: ClassVar[list[Run]] = []
    compile = staticmethod(jax.jit)

    def __init__(self, function: Callable[..., Any], **arguments: Any) -> None:
        self.function = Recorder.compile(function, **arguments)

    def __call__(self, *arguments: Any) -> Any:
        Recorder.calls.append(functools.partial(self.function, *arguments))
        return self.function(*arguments)


def wait_for(run: Run) -> Run:
    """Makes a function wait until what it returns is computed."""
    wait: Any = jax.block_until_ready
    return lambda: wait(run())


def make_epochs(options: Options, calls: int) -> dict[str, Run]:
    """Makes functions that train for an epoch, by plain and by fused steps."""
    return {
        "plain": make_epoch(options, 1, calls),
        "fused": make_epoch(options, STEPS, calls),
    }


def make_epoch(options: Options, steps: int, calls: int) -> Run:
    """Makes a function that trains for an epoch, with some steps in a call."""
    with use_project({**options, "fused_steps": steps > 1}):
        reference: Any = importlib.import_module("reference")
        reference.STEPS_PER_EXECUTION = steps
        model = reference.build_model()
    rows = calls * STEPS * BATCH_SIZE
    data = {
        name: np.resize(values, (rows, *values.shape[1:]))
        for name, values in reference.DATA.items()
    }
    return functools.partial(model.fit, **data, batch_size=BATCH_SIZE, verbose=0)
