"""Fits one network on emitted classes and on Keras's own, to compare both."""

import functools

import keras
import numpy as np
from keras import layers
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import CLASSES, FEATURES, LABELS, WEIGHTS, X, Y
from trainstep.emitted import import_model

CLIPNORM = 0.1  # Small enough to clip.
TASKS = {
    "regression": (Y, None, 1, keras.losses.MeanSquaredError),
    "binary_classification": (
        (Y > 0).astype("float32"),
        "sigmoid",
        1,
        keras.losses.BinaryCrossentropy,
    ),
    "multiclass_classification": (
        LABELS,
        "softmax",
        CLASSES,
        keras.losses.SparseCategoricalCrossentropy,
    ),
}
"""Targets, and the activation, the size and the loss of the outputs, by task."""


def emit(options, **settings):
    """Imports the `CustomModel` of some options, with other settings."""
    model_class = import_model(options).CustomModel
    for name, value in settings.items():
        setattr(model_class, name, value)
    return model_class


def make_network(model_class, task):
    """Builds a network with batch normalization and dropout."""
    _, activation, units, _ = TASKS[task]
    hidden = [
        layers.Dense(8, use_bias=False),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
    ]
    return shared.build(model_class, *hidden, outputs=units, activation=activation)


def make_teacher(task):
    """Builds a network whose predictions differ from those of all others."""
    inputs = keras.Input((FEATURES,))
    _, activation, units, _ = TASKS[task]
    initializer = keras.initializers.Constant(0.3)
    head = layers.Dense(units, activation, kernel_initializer=initializer)
    return keras.Model(inputs, head(layers.Dense(units)(inputs)))


def fit(model_class, options, policy="float32", teacher=False):
    """Fits the network with weights, where taken, and a partial last batch.

    Returns:
        The loss of each epoch and the values of all weights of layers, in a list.
    """
    task, clips = options["task"], options["gradients"] == "clip"
    keras.utils.set_random_seed(0)
    with shared.dtype_policy(policy):
        model = make_network(model_class, task)
    if teacher:
        model.teacher = make_teacher(task)
    plain = model_class is keras.Model
    optimizer = keras.optimizers.Adam(
        global_clipnorm=CLIPNORM if clips and plain else None
    )
    steps = 2 if options["fused_steps"] else 1
    y, _, _, loss = TASKS[task]
    model.compile(optimizer, loss(), steps_per_execution=steps)
    weights = WEIGHTS if options["sample_weight"] else None
    arguments = {"sample_weight": weights, "batch_size": 16, "epochs": 2, "verbose": 0}
    history = model.fit(X, y.copy(), shuffle=False, **arguments).history
    values = [v.numpy() for layer in model.layers for v in layer.weights]
    return [*values, np.array(history["loss"])]


@functools.cache
def _fit_keras(options, policy):
    return fit(keras.Model, dict(options), policy)


def fit_keras(options, policy="float32"):
    """Fits the network on Keras's own steps, once for equal options."""
    keras_options = {
        "task": options["task"],
        "sample_weight": options["sample_weight"],
        "gradients": "clip" if options["gradients"] == "clip" else "plain",
        "fused_steps": False,
    }
    return _fit_keras(tuple(keras_options.items()), policy)


def find_largest_difference(results, expected):
    """Returns the largest difference between two lists of arrays."""
    pairs = zip(results, expected, strict=True)
    return max(np.max(np.abs(result - value)) for result, value in pairs)
