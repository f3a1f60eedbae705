"""Kinds of models that people train: what each looks like, and rows to fit it to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

CLASSES = 10
TOKENS = 1_000


@dataclass(frozen=True)
class Kind:
    """A kind of model.

    Attributes:
        inputs: The shape of one input, without the batch, and its data type.
        layers: Takes the input and returns what the head is put on.
        metrics: How many metrics it computes.
        count: How many such inputs it has.
    """

    inputs: tuple[tuple[int, ...], str]
    layers: Callable[..., Any]
    metrics: int = 1
    count: int = 1

    def build(self, model_class: type[keras.Model], steps: int) -> keras.Model:
        """Builds and compiles a model, with the same weights always.

        Args:
            model_class: `keras.Model`, or a class in its place.
            steps: How many batches a call of a step takes.
        """
        keras.utils.set_random_seed(0)
        shape, dtype = self.inputs
        inputs = [keras.Input(shape, dtype=dtype) for _ in range(self.count)]
        outputs = layers.Dense(CLASSES, "softmax")(self.layers(*inputs))
        model = model_class(inputs, outputs)
        metric = keras.metrics.SparseCategoricalAccuracy
        model.compile(
            "adam",
            "sparse_categorical_crossentropy",
            metrics=[metric(f"accuracy_{number}") for number in range(self.metrics)],
            steps_per_execution=steps,
        )
        return model

    def make_rows(self, count: int) -> tuple[list[Any], Any]:
        """Draws inputs `(count, ...)` and labels `(count,)`."""
        rng = np.random.default_rng(0)
        shape, dtype = self.inputs
        shapes = [(count, *shape)] * self.count
        draw: Any = rng.random if dtype == "float32" else rng.integers
        limits = () if dtype == "float32" else (0, TOKENS)
        x = [draw(*limits, size, dtype=dtype) for size in shapes]
        return x, rng.integers(0, CLASSES, count)


def convolve(x: Any) -> Any:
    """Two convolutions with pooling."""
    x = layers.MaxPooling2D()(layers.Conv2D(8, 3, activation="relu")(x))
    return layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, activation="relu")(x))


def add_residual(x: Any) -> Any:
    """A residual block with batch normalization."""
    x = layers.Conv2D(16, 3, padding="same")(x)
    hidden = x
    for _ in range(2):
        hidden = layers.BatchNormalization()(hidden)
        hidden = layers.Activation("relu")(hidden)
        hidden = layers.Conv2D(16, 3, padding="same")(hidden)
    return layers.GlobalAveragePooling2D()(layers.Add()([x, hidden]))


def attend(x: Any) -> Any:
    """A transformer of one block."""
    x = layers.Embedding(TOKENS, 32)(x)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 16)(x, x))
    hidden = layers.Dense(32)(layers.Dense(64, activation="relu")(x))
    return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x + hidden))


def recur(x: Any) -> Any:
    """A recurrent layer."""
    return layers.GRU(32)(x)


def embed(x: Any) -> Any:
    """A bag of embedded words."""
    return layers.GlobalAveragePooling1D()(layers.Embedding(TOKENS, 32)(x))


def flatten(x: Any) -> Any:
    """No hidden layer."""
    return layers.Flatten()(x)


def join(*x: Any) -> Any:
    """One hidden layer on all inputs."""
    x = layers.Concatenate()(x) if len(x) > 1 else x[0]
    return layers.Dense(64, activation="relu")(x)


KINDS = {
    "two convolutions, 64x64x3": Kind(((64, 64, 3), "float32"), convolve),
    "two convolutions, 128x128x3": Kind(((128, 128, 3), "float32"), convolve),
    "a ResNet block, 32x32x3": Kind(((32, 32, 3), "float32"), add_residual),
    "a GRU of 32 units, 20 steps": Kind(((20, 8), "float32"), recur),
    "a small transformer, 32 tokens": Kind(((32,), "int32"), attend),
    "an embedding bag, 20 words": Kind(((20,), "int32"), embed),
    "4,096 features, no hidden layer": Kind(((4096,), "float32"), flatten),
    "20 metrics": Kind(((16,), "float32"), join, metrics=20),
    "60 inputs": Kind(((1,), "float32"), join, count=60),
}
"""The kinds, by the name that the table gives them."""
