"""Layers that have a state, or behave otherwise in training."""

import keras
from keras import layers

from trainstep.audit.cases.advice import PASS_TRAINING, RETURN_UPDATES
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import ROWS, X, Y, build, train


@case(
    "Batch normalization keeps its first averages, so predictions are off.",
    RETURN_UPDATES,
)
def batch_normalization(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8), layers.BatchNormalization())
    model.compile("sgd", "mse")
    return train(model)


@case(
    "Dropout and noise are off in training, or the same in each step.",
    PASS_TRAINING,
)
def dropout_and_noise(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8), layers.Dropout(0.5))
    model = build(model_class, layers.GaussianNoise(0.1), *model.layers[-3:-1])
    model.compile("sgd", "mse")
    return train(model)


@case(
    "Validation changes the averages of batch normalization, or ignores them.",
    PASS_TRAINING,
    "evaluation",
)
def validation_data(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8), layers.BatchNormalization())
    model.compile("sgd", "mse", metrics=["mae"])
    validation = (X[:10], Y[:10])
    return train(model, validation_data=validation, validation_freq=2, epochs=4)


@case("A layer that is frozen trains, or one that is thawed stays.", RETURN_UPDATES)
def frozen_layer(model_class: ModelClass) -> Results:
    frozen = layers.Dense(8, trainable=False)
    model = build(model_class, frozen, layers.Dense(8))
    model.compile("sgd", "mse")
    before = train(model, epochs=1)
    frozen.trainable = True
    model.compile("sgd", "mse")
    return before, train(model, epochs=1)


@case(
    "A stateful recurrent layer forgets its state from batch to batch.",
    RETURN_UPDATES,
    "functional",
)
def stateful_rnn(model_class: ModelClass) -> Results:
    steps = keras.Input(batch_shape=(8, 2, 3))
    outputs = layers.Dense(1)(layers.LSTM(4, stateful=True)(steps))
    model = model_class(steps, outputs)
    model.compile("sgd", "mse")
    return train(model, X.reshape(ROWS, 2, 3))
