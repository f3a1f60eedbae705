"""Inputs and outputs that are more than one array."""

from typing import Any

import keras
import numpy as np
from keras import layers

from trainstep.audit.cases.advice import USE_COMPUTE_LOSS, USE_COMPUTE_METRICS
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.feeding import Batches
from trainstep.audit.cases.shared import (
    CLASSES,
    FEATURES,
    LABELS,
    TOKENS,
    WEIGHTS,
    X,
    Y,
    can,
    train,
)


class KeepsSecond(layers.Layer):
    """Passes the second of its inputs on."""

    def call(self, inputs: Any) -> Any:
        return inputs[1]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape[1]


class ScaledBatches(Batches):
    """Batches with a 0-d array beside the rows, and a scalar."""

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        x, y, *_ = super().__getitem__(index)
        return {"rows": x, "scale": np.array(0.5, "float32"), "shift": 1.0}, y


@case(
    "A model with several outputs fails, or its losses, their weights or its metrics "
    "are mixed up.",
    USE_COMPUTE_METRICS,
    "functional",
    "several_outputs",
)
def several_outputs(model_class: ModelClass) -> Results:
    inputs = keras.Input((FEATURES,))
    outputs = {"a": layers.Dense(1)(inputs), "b": layers.Dense(CLASSES)(inputs)}
    model = model_class(inputs, outputs)
    crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        "sgd",
        {"a": "mse", "b": crossentropy},
        loss_weights={"a": 0.3, "b": 2.0},
        metrics={"a": ["mae"], "b": ["accuracy"]},
        weighted_metrics={"a": ["mse"]},
    )
    weights = {"a": WEIGHTS, "b": WEIGHTS[::-1].copy()}
    arguments = {"sample_weight": weights} if can("sample_weight") else {}
    return train(model, y={"a": Y, "b": LABELS}, **arguments)


@case(
    "Inputs in a dict or outputs in lists and tuples fail, or are paired wrongly.",
    USE_COMPUTE_LOSS,
    "functional",
    "several_outputs",
)
def nested_inputs_and_outputs(model_class: ModelClass) -> Results:
    inputs = {
        "first": keras.Input((2,), name="first"),
        "rest": [keras.Input((1,)) for _ in range(2)],
    }
    first, rest = inputs["first"], inputs["rest"]
    joined = layers.Concatenate()([first, *rest])
    model = model_class(inputs, [layers.Dense(1)(joined), (layers.Dense(1)(first),)])
    model.compile("sgd", ["mse", ("mae",)])
    x = {"first": X[:, :2], "rest": [X[:, 2:3], X[:, 3:4]]}
    return train(model, x, [Y, (2 * Y,)])


@case(
    "An optional input that is None fails.",
    USE_COMPUTE_LOSS,
    "functional",
    "several_outputs",
)
def missing_input(model_class: ModelClass) -> Results:
    inputs = [keras.Input((FEATURES,), optional=True), keras.Input((FEATURES,))]
    outputs = layers.Dense(1)(KeepsSecond()(inputs))
    model = model_class(inputs, outputs)
    model.compile("sgd", "mse")
    return train(model, [None, X])


@case(
    "Padding counts: masks do not reach the loss or the metrics.",
    USE_COMPUTE_LOSS,
    "functional",
    "several_outputs",
)
def masks(model_class: ModelClass) -> Results:
    tokens = keras.Input((4,), dtype="int32")
    x = layers.Embedding(5, 3, mask_zero=True)(tokens)
    steps = layers.Dense(1)(layers.LSTM(4, return_sequences=True)(x))
    model = model_class(tokens, [steps, layers.Dense(1)(layers.LSTM(4)(x))])
    model.compile("sgd", ["mse", "mse"], metrics=[["mae"], ["mae"]])
    return train(model, TOKENS, [np.repeat(Y[:, None], 4, axis=1), Y])


@case(
    "Numbers without rows, in a batch or among the outputs, fail.",
    USE_COMPUTE_LOSS,
    "several_outputs",
    "subclass",
)
def scalars_in_batches_and_outputs(model_class: Any) -> Results:
    class Network(model_class):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x: Any) -> Any:
            rows = self.dense(x["rows"]) * x["scale"] + x["shift"]
            return {"rows": rows, "scale": keras.ops.mean(rows)}

        def compute_loss(
            self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True
        ) -> Any:
            return keras.ops.mean(keras.ops.abs(y - y_pred["rows"])) + y_pred["scale"]

    model = Network()
    model.compile("sgd")
    return train(model, ScaledBatches(), None)
