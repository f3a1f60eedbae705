"""What adds up to the loss."""

from typing import Any

import keras
from keras import layers

from trainstep.audit.cases.advice import SHARE_A_SCOPE, USE_COMPUTE_LOSS
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import build, train


class AddsLoss(layers.Layer):
    """Passes its inputs on, and adds losses to the model's."""

    def call(self, x: Any) -> Any:
        self.add_loss(1e-2 * keras.ops.mean(keras.ops.square(x)))
        self.add_loss(1e-3 * keras.ops.abs(x))
        return x


@case(
    "kernel_regularizer fails, has no effect, or is not in the reported loss.",
    USE_COMPUTE_LOSS,
    "added_losses",
)
def kernel_regularizer(model_class: ModelClass) -> Results:
    model = build(
        model_class,
        layers.Dense(8, kernel_regularizer="l2", bias_regularizer="l2"),
        layers.Dense(8, kernel_regularizer="l2", trainable=False),
    )
    model.compile("sgd", "mse")
    return train(model)


@case(
    "activity_regularizer has no effect, on training or on the reported loss.",
    SHARE_A_SCOPE,
    "added_losses",
)
def activity_regularizer(model_class: ModelClass) -> Results:
    model = build(
        model_class,
        layers.Dense(8, activity_regularizer="l1"),
        layers.Dense(8, activity_regularizer="l2"),
    )
    model.compile("sgd", "mse")
    return train(model, batch_size=16)


@case(
    "Losses that layers add by add_loss() have no effect.",
    SHARE_A_SCOPE,
    "added_losses",
)
def add_loss(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8), AddsLoss())
    model.compile("sgd", "mse")
    return train(model)


@case(
    "A model whose layers add all of its losses cannot be fitted without targets.",
    SHARE_A_SCOPE,
    "added_losses",
)
def losses_without_targets(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8), AddsLoss())
    model.compile("sgd")
    return train(model, y=None)


@case(
    "A loss that sums over the batch, or a loss object of one's own, comes out wrong.",
    USE_COMPUTE_LOSS,
)
def sum_reduction(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", keras.losses.MeanSquaredError(reduction="sum"))
    return train(model)
