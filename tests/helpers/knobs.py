"""Fits one network on emitted classes and on Keras's own, to compare both."""

import functools

import keras
import numpy as np
from keras import layers, losses
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import CLASSES, FEATURES, LABELS, WEIGHTS, X, Y
from trainstep.emitted import import_model

CLIPNORM = 0.1  # Small enough to clip.
TASKS = {
    "regression": (Y, None, 1, losses.mean_squared_error, "mae"),
    "binary_classification": (
        (Y > 0).astype("float32"),
        "sigmoid",
        1,
        losses.binary_crossentropy,
        "accuracy",
    ),
    "multiclass_classification": (
        LABELS,
        "softmax",
        CLASSES,
        losses.sparse_categorical_crossentropy,
        "accuracy",
    ),
}
"""By task: targets, the outputs' activation and size, the loss and the metric."""


def emit(options, **settings):
    """Imports the `CustomModel` of some options, with other settings."""
    model_class = import_model(options).CustomModel
    for name, value in settings.items():
        setattr(model_class, name, value)
    return model_class


def make_hidden(private):
    """Makes layers, with batch normalization and dropout unless rows are private."""
    if private:
        return [layers.Dense(8, "tanh", kernel_regularizer="l2")]
    first = layers.Dense(8, use_bias=False)
    return [first, layers.BatchNormalization(), layers.Dropout(0.5)]


def make_teacher(task):
    """Builds a network whose predictions differ from those of all others."""
    inputs = keras.Input((FEATURES,))
    _, activation, units, *_ = TASKS[task]
    initializer = keras.initializers.Constant(0.3)
    head = layers.Dense(units, activation, kernel_initializer=initializer)
    return keras.Model(inputs, head(layers.Dense(units)(inputs)))


def compile_emitted(model, options):
    """Compiles what the class does not bring along."""
    *_, loss, metric = TASKS[options["task"]]
    own_loss, own_metrics = options.get("loss"), options.get("metrics")
    model.compile(
        make_optimizer(),
        loss=None if own_loss == "custom" else loss,
        weighted_metrics=None if own_metrics == "manual" else [metric],
        steps_per_execution=2 if options["fused_steps"] else 1,
    )


def compile_keras(model, options):
    """Compiles what emitted classes bring along, too."""
    *_, loss, metric = TASKS[options["task"]]

    def compute_robust_loss(y, y_pred):
        return keras.ops.log1p(loss(y, y_pred))

    custom, clips = options.get("loss") == "custom", options["gradients"] == "clip"
    model.compile(
        make_optimizer(global_clipnorm=CLIPNORM if clips else None),
        loss=compute_robust_loss if custom else loss,
        weighted_metrics=[metric],
    )


def make_optimizer(**arguments):
    """Makes an optimizer that does not hide, as Adam does, how large gradients are."""
    return keras.optimizers.SGD(0.05, momentum=0.9, **arguments)


def fit(model_class, options, policy="float32", teacher=False, several=True):
    """Fits the network with weights, where taken, and a partial last batch.

    Args:
        model_class: The class to fit.
        options: The options of the class, or of the one to compare with.
        policy: In which precision it computes.
        teacher: Whether it has a teacher to learn from.
        several: Whether whole batches come before the partial one, which compiles
            twice. The updates are as many without.

    Returns:
        The values of all weights of layers, and the logs of each epoch, in a list.
    """
    y, activation, units, _, metric = TASKS[options["task"]]
    keras.utils.set_random_seed(0)
    with shared.dtype_policy(policy):
        hidden = make_hidden(options["gradients"] == "private")
        model = shared.build(model_class, *hidden, outputs=units, activation=activation)
    if teacher:
        model.teacher = make_teacher(options["task"])
    compile_own = compile_keras if model_class is keras.Model else compile_emitted
    compile_own(model, options)
    weights = WEIGHTS if options["sample_weight"] else None
    batches = {"batch_size": 16 if several else 64, "epochs": 2 if several else 6}
    arguments = {"sample_weight": weights, "shuffle": False, "verbose": 0, **batches}
    history = model.fit(X, y.copy(), **arguments).history
    values = [v.numpy() for layer in model.layers for v in layer.weights]
    return [*values, np.array([history["loss"], history[metric]])]


def find_plain(options):
    """Returns the options which Keras's own steps depend on; the others are default."""
    gradients = options["gradients"]
    return {
        "task": options["task"],
        "sample_weight": options["sample_weight"],
        "loss": options.get("loss", "compiled"),
        # The metrics are the same, whether the class or `compile()` brings them along.
        "metrics": "compiled",
        "gradients": gradients if gradients in ("clip", "private") else "plain",
        "fused_steps": False,
    }


@functools.cache
def _fit_keras(options, policy, several):
    return fit(keras.Model, dict(options), policy, several=several)


def fit_keras(options, policy, several):
    """Fits the network on Keras's own steps, once for equal options."""
    return _fit_keras(tuple(find_plain(options).items()), policy, several)


def find_largest_difference(results, expected):
    """Returns the largest difference between two lists of arrays."""
    pairs = zip(results, expected, strict=True)
    return max(np.max(np.abs(result - value)) for result, value in pairs)


def tally_off_and_on(tally, choice, off=None, on=None):
    """Counts what held, and keeps the difference that came nearest to failing."""
    if off is not None:
        tally(f"{choice}, off: fits that equal plain training")
        tally(f"{choice}, off: largest difference", off, "largest")
    if on is not None:
        tally(f"{choice}, on: fits that differ from plain training")
        tally(f"{choice}, on: smallest difference", on, "smallest")
