"""Data, networks and training that the cases share."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers

from trainstep.audit.cases.case import ModelClass

ROWS, FEATURES, CLASSES = 40, 6, 3
LEFT_OUT: set[str] = set()
"""What the class in question cannot do at all, so that other cases do without it.

Of `loss` and `metrics`, which `compile()` takes, `evaluation` and `sample_weight`.
"""

BUILT_IN = (keras.Model, keras.Sequential)

random = np.random.default_rng(0)
X = random.normal(size=(ROWS, FEATURES)).astype("float32")
Y = random.normal(size=(ROWS, 1)).astype("float32")
LABELS = random.integers(0, CLASSES, ROWS).astype("int32")
WEIGHTS = random.uniform(0.5, 2.0, ROWS).astype("float32")
TOKENS = random.integers(0, 5, (ROWS, 4)).astype("int32")


def train(model: Any, x: Any = X, y: Any = Y, **arguments: Any) -> dict[str, Any]:
    """Fits a compiled model, evaluates it, and returns all that came of it.

    Args:
        model: The model.
        x: Inputs as `fit()` takes them.
        y: Targets; `None` where `x` holds or yields all there is.
        **arguments: What else `fit()` takes; data are in order by default.

    Returns:
        The logs of each epoch by name, the values of all variables after `fit()`, and
        what `evaluate()` returned where the data are arrays.
    """
    in_arrays = y is not None or isinstance(x, np.ndarray)
    if in_arrays:
        arguments = {"batch_size": 8} | arguments
    arguments = {"epochs": 2, "shuffle": in_arrays, "verbose": 0} | arguments
    results = {"logs": model.fit(x, y, **arguments).history, **get_state(model)}
    if in_arrays and can("evaluation"):
        results["evaluation"] = model.evaluate(
            x, y, batch_size=8, verbose=0, return_dict=True
        )
    return results


def get_state(model: Any) -> dict[str, list[Any]]:
    """Returns the values of all variables: weights, and those of the optimizer."""
    groups = {"weights": model.variables, "optimizer": model.optimizer.variables}
    return {
        name: [keras.ops.convert_to_numpy(variable) for variable in variables]
        for name, variables in groups.items()
    }


def is_sequential(model_class: ModelClass) -> bool:
    """Returns whether a class builds its models from a list of layers."""
    return isinstance(model_class, type) and issubclass(model_class, keras.Sequential)


def build(
    model_class: ModelClass, *hidden: Any, outputs: int = 1, activation: Any = None
) -> Any:
    """Builds a model of hidden layers, by default one, and an output layer."""
    inputs = x = keras.Input((FEATURES,))
    head = layers.Dense(outputs, activation=activation, dtype="float32")
    chain = [*(hidden or [layers.Dense(8, activation="relu")]), head]
    if is_sequential(model_class):
        return model_class([inputs, *chain])
    for layer in chain:
        x = layer(x)
    return model_class(inputs, x)


def build_classifier(model_class: ModelClass) -> Any:
    """Builds a model that predicts the probabilities of `LABELS`."""
    return build(model_class, outputs=CLASSES, activation="softmax")


def compile_network(model_class: ModelClass, optimizer: Any = "adam") -> Any:
    """Builds and compiles a network with batch normalization and dropout."""
    hidden = [layers.Dense(8, "tanh"), layers.BatchNormalization(), layers.Dropout(0.5)]
    return compile_own(model_class, build(model_class, *hidden), optimizer)


def compile_own(model_class: ModelClass, model: Any, optimizer: Any) -> Any:
    """Compiles a model with loss and metrics, unless its class has its own."""
    arguments = {"loss": "mse", "metrics": ["mae"]}
    built_in = model_class in BUILT_IN
    taken = {name: a for name, a in arguments.items() if built_in or can(name)}
    model.compile(optimizer, **taken)
    return model


def fit_rows(model: Any, epochs: int = 1, **arguments: Any) -> dict[str, list[float]]:
    """Fits a model to five batches an epoch; returns the logs by name."""
    arguments = {"batch_size": 8, "shuffle": False, "verbose": 0} | arguments
    history: dict[str, list[float]]
    history = model.fit(X, Y, epochs=epochs, **arguments).history
    return history


def can(name: str) -> bool:
    """Returns whether the class in question can do something of `LEFT_OUT` at all."""
    return name not in LEFT_OUT


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Sets Keras's dtype policy for a while."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
