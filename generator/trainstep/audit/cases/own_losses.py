"""Losses and metrics that a subclass computes by methods of its own."""

from typing import Any

import keras
from keras import layers

from trainstep.audit.cases.advice import SHARE_A_SCOPE, USE_COMPUTE_LOSS
from trainstep.audit.cases.case import Results, case
from trainstep.audit.cases.losses import AddsLoss
from trainstep.audit.cases.shared import FEATURES, train


@case(
    "A compute_loss() or compute_metrics() that a subclass overrides is not called.",
    USE_COMPUTE_LOSS,
    "functional",
    "subclass",
)
def overridden_compute_loss(model_class: Any) -> Results:
    class Network(model_class):
        def compute_loss(
            self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True
        ) -> Any:
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            self.tracker.update_state(loss + keras.ops.mean(x))
            return 2.0 * loss + sum(self.losses)

        def compute_metrics(
            self, x: Any, y: Any, y_pred: Any, sample_weight: Any
        ) -> Any:
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            return logs | {"tracked_twice": 2.0 * self.tracker.result()}

    inputs = keras.Input((FEATURES,))
    model = Network(inputs, layers.Dense(1, activity_regularizer="l2")(inputs))
    model.tracker = keras.metrics.Mean(name="tracker")
    model.compile("sgd", "mse", metrics=["mae"])
    return train(model)


@case(
    "A compute_loss() without the argument training, as in older code, fails.",
    USE_COMPUTE_LOSS,
    "functional",
    "subclass",
)
def compute_loss_without_training(model_class: Any) -> Results:
    class Network(model_class):
        def compute_loss(
            self,
            x: Any = None,
            y: Any = None,
            y_pred: Any = None,
            sample_weight: Any = None,
        ) -> Any:
            return keras.ops.mean(keras.ops.abs(y - y_pred)) + sum(self.losses)

    inputs = keras.Input((FEATURES,))
    model = Network(inputs, layers.Dense(1, kernel_regularizer="l2")(inputs))
    model.compile("sgd", metrics=["mae"])
    return train(model)


@case(
    "Losses of layers that compute_loss() calls are counted otherwise.",
    SHARE_A_SCOPE,
    "functional",
    "subclass",
    "added_losses",
)
def added_losses_in_compute_loss(model_class: Any) -> Results:
    """Layers that the loss calls add no loss of their own."""
    adds_loss = AddsLoss()

    class Network(model_class):
        def compute_loss(
            self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True
        ) -> Any:
            y_pred = adds_loss(y_pred)
            return super().compute_loss(x, y, y_pred, sample_weight, training)

    inputs = keras.Input((FEATURES,))
    hidden = AddsLoss()(layers.Dense(8)(inputs))
    model = Network(inputs, layers.Dense(1)(hidden))
    model.compile("sgd", "mse")
    return train(model)
