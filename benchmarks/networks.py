"""The networks that are timed, and random rows to fit them to."""

import keras
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
FEATURES = 16


def make_mlp(
    model_class: type[keras.Model],
    hidden_layers: int,
    units: int = 64,
    steps_per_execution: int = 1,
) -> keras.Model:
    """Builds and compiles a multilayer perceptron, with the same weights always.

    Args:
        model_class: `keras.Model`, or a class in its place.
        hidden_layers: How many layers there are below the linear head.
        units: The size of each.
        steps_per_execution: How many batches one call of a step takes.

    Returns:
        The model, from `(batch_size, FEATURES)` to `(batch_size, 1)`.
    """
    keras.utils.set_random_seed(0)
    inputs = hidden = keras.Input((FEATURES,))
    for _ in range(hidden_layers):
        hidden = keras.layers.Dense(units, activation="relu")(hidden)
    model = model_class(inputs, keras.layers.Dense(1)(hidden))
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss="mean_squared_error",
        steps_per_execution=steps_per_execution,
    )
    return model


def make_rows(count: int) -> tuple[Array, Array]:
    """Draws inputs `(count, FEATURES)` and targets `(count, 1)`."""
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((count, n), "float32") for n in (FEATURES, 1))
    return x, y
