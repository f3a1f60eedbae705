"""Proves an emitted model: fits it, and compares it with the built-in trainer.

The reference is the same emitted network of Keras's own class, in the place of
`CustomModel`, compiled with the same loss and metrics.
"""

import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import keras
import numpy as np

from generator.catalog import Answer, Options, resolve
from generator.emitted import Package, import_package
from generator.errors import VerificationError

BATCH_SIZE = 32
ROWS = 2 * BATCH_SIZE
EPOCHS = 2
CLIPNORM = 0.1
"""A norm that the gradients of every task exceed at first, so that `clip` clips."""
ROUNDING = 1e-6
"""How far numbers may be from the built-in trainer's where sums change order."""

Data = tuple[np.ndarray, ...]
"""`(x, y)` or `(x, y, sample_weight)`, each `(rows, ...)`."""


@dataclass(frozen=True)
class Run:
    """What a model showed on its task's data.

    Attributes:
        history: The logs of each epoch, lists of floats by name.
        evaluation: The logs of `evaluate()` after `fit()`, floats by name.
        predictions: What `predict()` returned, `(rows, outputs)`.
        weights: The final weights, a list of arrays.
    """

    history: dict[str, list[float]]
    evaluation: dict[str, float]
    predictions: np.ndarray
    weights: list[np.ndarray]


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
    steps = 2 if answers.get("fused_steps") else 1
    model = build_model(package, steps_per_execution=steps)
    if answers.get("gradients") == "clip":
        model.global_clipnorm = CLIPNORM
    run = fit(model, data)
    problems = [
        *compare(run, fit_reference(answers), get_tolerance(answers)),
        *check_learning(run),
        *check_saving(model, answers, data, run),
    ]
    if problems:
        raise VerificationError("; ".join(problems))
    return run


def build_model(package: Package, **arguments: Any) -> keras.Model:
    """Calls the package's `build_model()`, so that it draws the same weights always."""
    keras.utils.set_random_seed(0)
    return package.network.build_model(**arguments)


def load_rows(package: Package, weighted: bool) -> Data:
    """Loads the first rows of the training data, with weights from 0.5 to 2 or none."""
    (x, y), _ = package.data.load_data()
    weights = np.random.default_rng(0).uniform(0.5, 2.0, ROWS).astype("float32")
    return (x[:ROWS], y[:ROWS], weights) if weighted else (x[:ROWS], y[:ROWS])


def fit(model: keras.Model, data: Data) -> Run:
    """Fits a compiled model to rows in their order, evaluates it and predicts."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    history = model.fit(
        x,
        y,
        sample_weight=sample_weight,
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
    )
    return Run(
        history=history.history,
        evaluation=evaluate(model, data),
        predictions=model.predict(x, batch_size=ROWS, verbose=0),
        weights=model.get_weights(),
    )


def evaluate(model: keras.Model, data: Data) -> dict[str, float]:
    """Evaluates a compiled model; returns its logs by name."""
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    logs: dict[str, float] = model.evaluate(
        x,
        y,
        sample_weight=sample_weight,
        batch_size=BATCH_SIZE,
        return_dict=True,
        verbose=0,
    )
    return logs


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


def compare(run: Run, expected: Run, tolerance: float = 0.0) -> Iterator[str]:
    """Finds where a run differs from another.

    Args:
        run: The run in question.
        expected: The run that it should equal.
        tolerance: The largest difference allowed, absolute or relative to the
            expected number; zero asks for the same bits.

    Yields:
        One line for each attribute of the run that differs.
    """
    for name, value in vars(expected).items():
        values, expected_values = _flatten(getattr(run, name)), _flatten(value)
        if values.keys() != expected_values.keys():
            yield f"{name} has {list(values)}, not {list(expected_values)}"
            continue
        pairs = [(values[key], value) for key, value in expected_values.items()]
        if not all(np.allclose(*pair, tolerance, tolerance) for pair in pairs):
            worst = max(np.max(np.abs(np.subtract(*pair))) for pair in pairs)
            yield f"{name} differs from the built-in trainer's by {worst:.3g}"


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


def _flatten(value: Any) -> dict[str, Any]:
    leaves = jax.tree_util.tree_leaves_with_path(value)
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}
