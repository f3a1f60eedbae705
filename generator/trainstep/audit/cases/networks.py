"""Networks with a `call()` or other methods of their own, and models in models."""

from typing import Any

import keras
from keras import layers

from trainstep.audit.cases.advice import (
    PASS_TRAINING,
    SHARE_A_SCOPE,
    USE_COMPUTE_METRICS,
)
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import FEATURES, build, dtype_policy, train


@case(
    "A subclass whose call() takes training and adds losses trains otherwise.",
    SHARE_A_SCOPE,
    "subclass",
    "added_losses",
)
def subclass(model_class: Any) -> Results:
    class Network(model_class):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(FEATURES, kernel_regularizer="l2")
            self.dropout = layers.Dropout(0.5)
            self.head = layers.Dense(1)

        def call(self, x: Any, training: bool = False) -> Any:
            self.add_loss(keras.ops.mean(x))
            return self.head(x + self.dropout(self.dense(x), training=training))

    with dtype_policy("mixed_bfloat16"):
        model = Network()
        model.compile("sgd", "mse")
        return train(model)


@case("A call() without the argument training fails.", PASS_TRAINING, "subclass")
def subclass_without_training_argument(model_class: Any) -> Results:
    class Network(model_class):
        def __init__(self) -> None:
            super().__init__()
            self.dropout = layers.Dropout(0.5)
            self.head = layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.head(self.dropout(x))

    model = Network()
    model.compile("sgd", "mse")
    return train(model)


@case(
    "Dropout and batch normalization in a call() that leaves training to Keras are "
    "in the wrong mode.",
    PASS_TRAINING,
    "subclass",
)
def subclass_that_lets_keras_hand_training_on(model_class: Any) -> Results:
    class Network(model_class):
        def __init__(self) -> None:
            super().__init__()
            self.normalize = layers.BatchNormalization()
            self.dropout = layers.Dropout(0.5)
            self.head = layers.Dense(1)

        def call(self, x: Any, training: Any = None) -> Any:
            return self.head(self.dropout(self.normalize(x)))

    model = Network()
    model.compile("sgd", "mse")
    return train(model)


@case("Layers of a model within a model are in the wrong mode.", PASS_TRAINING)
def nested_models_with_dropout(model_class: ModelClass) -> Results:
    inner = keras.Sequential([layers.Dense(8), layers.BatchNormalization()])
    model = build(model_class, inner, layers.Dropout(0.5))
    model.compile("sgd", "mse")
    return train(model)


@case(
    "A compiled model as a layer of another fails, or mixes up the metrics.",
    USE_COMPUTE_METRICS,
)
def compiled_model_as_layer(model_class: ModelClass) -> Results:
    inner = build(model_class)
    inner.compile("sgd", "mse", metrics=["mae"])
    model = build(model_class, inner)
    model.compile("sgd", "mse", metrics=["mae"])
    return train(model)
