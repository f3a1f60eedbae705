"""What people write who leave `fit()` for speed: a `jax.lax.scan` of their own.

It does what `fit()` does with an MLP, the mean squared error and Adam: it shuffles and
gathers on the host, and keeps the epoch's mean loss.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from benchmarks.networks import Array

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
"""The defaults of `keras.optimizers.Adam`."""


class State(NamedTuple):
    """What a step changes.

    Attributes:
        weights: Kernels and biases in turns, from the first layer to the last.
        means, squares: Adam's moments, shaped as the weights.
        steps: How many steps were made.
        loss: The sum of the epoch's losses.
    """

    weights: list[jax.Array]
    means: list[jax.Array]
    squares: list[jax.Array]
    steps: jax.Array
    loss: jax.Array


def predict(weights: list[jax.Array], x: jax.Array) -> jax.Array:
    """Applies the layers to inputs `(batch_size, features)`."""
    *hidden, kernel, bias = weights
    for layer in range(0, len(hidden), 2):
        x = jax.nn.relu(x @ hidden[layer] + hidden[layer + 1])
    return x @ kernel + bias


def compute_loss(weights: list[jax.Array], x: jax.Array, y: jax.Array) -> jax.Array:
    """Returns a batch's mean squared error."""
    return jnp.mean(jnp.square(predict(weights, x) - y))


def train_step(state: State, batch: tuple[jax.Array, jax.Array]) -> tuple[State, None]:
    """Trains on a batch, as Keras's Adam does."""
    loss, gradients = jax.value_and_grad(compute_loss)(state.weights, *batch)
    steps = state.steps + 1
    rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**steps) / (1 - BETA_1**steps)

    def average(old: jax.Array, new: jax.Array, beta: float) -> jax.Array:
        return old + (new - old) * (1 - beta)

    pairs = list(zip(gradients, state.means, state.squares, strict=True))
    means = [average(mean, g, BETA_1) for g, mean, _ in pairs]
    squares = [average(square, jnp.square(g), BETA_2) for g, _, square in pairs]
    weights = [
        weight - rate * mean / (jnp.sqrt(square) + EPSILON)
        for weight, mean, square in zip(state.weights, means, squares, strict=True)
    ]
    return State(weights, means, squares, steps, state.loss + loss), None


def make_state(model: keras.Model) -> State:
    """Starts from the weights of a Keras model that was not trained yet."""
    weights = [jnp.array(variable) for variable in model.trainable_variables]

    def make_zeros() -> list[jax.Array]:
        return [jnp.zeros_like(weight) for weight in weights]

    return State(weights, make_zeros(), make_zeros(), jnp.zeros(()), jnp.zeros(()))


class Trainer:
    """Trains for epochs, `steps` batches at a time."""

    def __init__(self, model: keras.Model, batch_size: int, steps: int):
        """Takes a model's weights.

        Args:
            model: A model of `networks.make_mlp()`.
            batch_size: How many rows a batch has.
            steps: How many batches a call of the compiled function takes.
        """
        self.state = make_state(model)
        self.shape = (steps, batch_size)
        self._run: Callable[[State, Any], State] = jax.jit(
            lambda state, batches: jax.lax.scan(train_step, state, batches)[0],
            donate_argnums=0,
        )

    def fit(self, x: Array, y: Array, epochs: int = 1, shuffle: bool = True) -> float:
        """Trains for some epochs.

        Args:
            x: Inputs, `(rows, features)`: whole calls of the compiled function.
            y: Targets, `(rows, 1)`.
            epochs: How often to go through the rows.
            shuffle: Whether each epoch takes the rows in an order that it draws.

        Returns:
            The mean loss of the last epoch.
        """
        for _ in range(epochs):
            order = np.random.permutation(len(x)) if shuffle else np.arange(len(x))
            state = self.state._replace(loss=jnp.zeros(()))
            for rows in order.reshape(-1, *self.shape):
                state = self._run(state, (x[rows], y[rows]))
            self.state = state
            loss = float(state.loss) * self.shape[1] / len(x)
        return loss
