"""What a model shows on some rows of data, and where two models differ in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import keras
import numpy as np
import numpy.typing as npt

BATCH_SIZE = 32
EPOCHS = 2

Data = dict[str, npt.NDArray[Any]]
"""`x`, `y` and perhaps `sample_weight`, each `(rows, ...)`."""


@dataclass(frozen=True)
class Run:
    """What a model showed on some rows of data.

    Attributes:
        history: The logs of each epoch, lists of floats by name.
        evaluation: The logs of `evaluate()` after `fit()`, floats by name.
        predictions: What `predict()` returned, `(rows, outputs)`.
        weights: The final weights, a list of arrays.
    """

    history: dict[str, list[float]]
    evaluation: dict[str, float]
    predictions: npt.NDArray[Any]
    weights: list[npt.NDArray[Any]]


def fit(model: keras.Model, data: Data) -> Run:
    """Fits a compiled model to rows in their order, evaluates it and predicts."""
    history = model.fit(
        **data, batch_size=BATCH_SIZE, epochs=EPOCHS, shuffle=False, verbose=0
    )
    return Run(
        history=history.history,
        evaluation=evaluate(model, data),
        predictions=model.predict(data["x"], batch_size=len(data["x"]), verbose=0),
        weights=model.get_weights(),
    )


def evaluate(model: keras.Model, data: Data) -> dict[str, float]:
    """Evaluates a compiled model; returns its logs by name."""
    logs: dict[str, float] = model.evaluate(
        **data, batch_size=BATCH_SIZE, return_dict=True, verbose=0
    )
    return logs


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


def _flatten(value: Any) -> dict[str, Any]:
    leaves = jax.tree_util.tree_leaves_with_path(value)
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}
