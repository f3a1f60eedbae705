"""Proves an emitted model: fits it, and compares it with the built-in trainer.

The reference is the same emitted network of Keras's own class, in the place of
`CustomModel`, compiled with the same loss and metrics.
"""

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from generator.catalog import Answer, Options, resolve
from generator.emitted import Package, import_package
from generator.errors import VerificationError
from generator.runs import Data, Run, compare, evaluate, fit, load_rows

CLIPNORM = 0.1
"""A norm that the gradients of every task exceed at first, so that `clip` clips."""
ROUNDING = 1e-6
"""How far numbers may be from the built-in trainer's where sums change order."""


def verify(options: Options) -> Run:
    """Fits an emitted model, saves and loads it, compares it with Keras's own.

    Args:
        options: Answers by option; those left out take their defaults.

    Returns:
        What the emitted model showed.

    Raises:
        OptionError: If an option or a choice does not exist or does not apply.
        VerificationError: If the model does not learn, does not survive being
            saved and loaded, or differs from the built-in trainer.
    """
    answers = resolve(options)
    package = import_package(answers)
    data = load_rows(package, bool(answers["sample_weight"]))
    model = build_custom_model(package, answers)
    run = fit(model, data)
    problems = [
        *compare(run, fit_reference(answers), get_tolerance(answers)),
        *check_learning(run),
        *check_saving(model, answers, data, run),
    ]
    if problems:
        raise VerificationError("; ".join(problems))
    return run


def build_custom_model(package: Package, answers: Options) -> keras.Model:
    """Builds the emitted model so that it fuses and clips, where it can."""
    steps = 2 if answers.get("fused_steps") else 1
    model = build_model(package, steps_per_execution=steps)
    if answers.get("gradients") == "clip":
        model.global_clipnorm = CLIPNORM
    return model


def build_model(package: Package, **arguments: Any) -> keras.Model:
    """Calls the package's `build_model()`, so that it draws the same weights always."""
    keras.utils.set_random_seed(0)
    return package.network.build_model(**arguments)


def get_tolerance(answers: Options) -> float:
    """Returns how far a run may be from the built-in trainer's: mostly, not at all.

    Micro-batches change the order of sums. So does XLA for the weights of batches that
    are fused into one array; without weights, fused steps keep the bits.
    """
    fuses_weights = answers.get("fused_steps") and answers["sample_weight"]
    accumulates = answers.get("gradients") == "accumulate"
    return ROUNDING if accumulates or fuses_weights else 0.0


def fit_reference(answers: Options) -> Run:
    """Fits the built-in trainer with the network, loss and clipping of the answers."""
    network = tuple((name, answers[name]) for name in ("task", "model_api"))
    return _fit_reference(
        network,
        weighted=bool(answers["sample_weight"]),
        custom_loss=answers["loss"] == "custom",
        clipped=answers.get("gradients") == "clip",
    )


@functools.cache
def _fit_reference(
    network: tuple[tuple[str, Answer], ...],
    weighted: bool,
    custom_loss: bool,
    clipped: bool,
) -> Run:
    options = {**dict(network), "sample_weight": weighted}
    package = import_package(options, built_in=True)
    model = build_model(package)
    arguments = keras.saving.deserialize_keras_object(model.get_compile_config())
    if custom_loss:
        losses = import_package({**options, "loss": "custom"}).losses
        arguments["loss"] = losses.CustomLoss()
    if clipped:
        arguments["optimizer"].global_clipnorm = CLIPNORM
    model.compile(**arguments)
    return fit(model, load_rows(package, weighted))


def check_learning(run: Run) -> Iterator[str]:
    """Finds out whether the loss falls from the first epoch to the last."""
    first, *_, last = run.history["loss"]
    if not last < first:
        yield f"the loss goes from {first} to {last}"


def check_saving(
    model: keras.Model, answers: Options, data: Data, run: Run
) -> Iterator[str]:
    """Finds out whether the saved model, loaded anew, evaluates to the same numbers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        import_package(answers)  # Registers new classes for those saved.
        evaluation = evaluate(keras.saving.load_model(path), data)
    if evaluation != run.evaluation:
        yield f"loaded, the model evaluates to {evaluation}, not {run.evaluation}"
