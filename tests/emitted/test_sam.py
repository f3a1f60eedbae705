"""Sharpness-aware minimization follows the formula."""

import functools

import jax
import keras
import numpy as np
import optax
import pytest
from keras import layers
from optax import contrib
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import WEIGHTS, X, Y
from trainstep.emitted import import_model

BATCHES = [slice(0, 16), slice(16, 32), slice(32, 40)]  # The last one is smaller.


@functools.cache
def emit(**options):
    return import_model({"gradients": "sam", **options}).CustomModel


def build(model_class=keras.Model, rho=None, optimizer=None, **arguments):
    keras.utils.set_random_seed(0)
    hidden = layers.Dense(8, "tanh"), layers.BatchNormalization(), layers.Dropout(0.5)
    model = shared.build(model_class, *hidden[: 1 if optimizer else 3])
    model.rho = rho
    optimizer = optimizer or keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(optimizer, "mse", weighted_metrics=["mae"], **arguments)
    return model


def fit(model):
    arguments = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    history = model.fit(X, Y, sample_weight=WEIGHTS, **arguments).history
    return [*model.get_weights(), *history.values()]


def check_close(results, expected, tolerance=1e-6):
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value, tolerance, tolerance)


def test_steps_where_gradients_are_zero_change_nothing():
    model = build(emit(), rho=0.5, optimizer="sgd")
    before = model.get_weights()
    model.train_on_batch(X, Y, sample_weight=np.zeros(len(X)))
    np.testing.assert_equal(model.get_weights(), before)


@pytest.mark.parametrize("fused", [False, True])
def test_equals_a_plain_loop(fused):
    expected = train_by_hand(build(), rho=0.5)
    model = build(emit(fused_steps=fused), rho=0.5, steps_per_execution=1 + fused)
    fit(model)
    weights = [v.numpy() for v in model.trainable_variables]
    weights += [v.numpy() for v in model.non_trainable_variables]
    check_close(weights, expected)


def train_by_hand(model, rho):
    """Trains without Keras's trainer; returns the weights and the state."""
    variables = model.trainable_variables, model.non_trainable_variables
    weights, state = jax.tree.map(lambda variable: variable.value, variables)
    sgd = optax.sgd(0.01, momentum=0.9)
    moments = sgd.init(weights)
    slope = jax.jit(jax.value_and_grad(compute_loss(model), has_aux=True))
    for rows in BATCHES * 2:
        batch = X[rows], Y[rows], WEIGHTS[rows]
        (_, new_state), gradients = slope(weights, state, *batch)
        factor = rho / optax.tree.norm(gradients)
        moved = [w + factor * g for w, g in zip(weights, gradients, strict=True)]
        _, gradients = slope(moved, state, *batch)
        updates, moments = sgd.update(gradients, moments)
        weights, state = optax.apply_updates(weights, updates), new_state
    return [*weights, *state]


def compute_loss(model):
    """Returns the weighted squared error, as a function of weights and state."""

    def loss(weights, state, x, y, sample_weight):
        y_pred, state = model.stateless_call(weights, state, x, training=True)
        return (sample_weight * ((y - y_pred) ** 2)[:, 0]).mean(), state

    return loss


def test_equals_optax():
    sgd = keras.optimizers.SGD(0.1)
    model = build(emit(), rho=0.1, optimizer=sgd)
    fit(model)
    expected = train_with_optax(build(optimizer="sgd"), rho=0.1)
    check_close(model.get_weights(), expected)


def train_with_optax(model, rho):
    weights = [variable.value for variable in model.trainable_variables]
    ascent = optax.chain(contrib.normalize(), optax.sgd(rho))
    sam = contrib.sam(optax.sgd(0.1), ascent, opaque_mode=True)
    moments = sam.init(weights)
    for rows in BATCHES * 2:
        batch = X[rows], Y[rows], WEIGHTS[rows]
        slope = jax.grad(lambda w, *_, b=batch: compute_loss(model)(w, [], *b)[0])
        arguments = {"params": weights, "grad_fn": slope}
        updates, moments = sam.update(slope(weights), moments, **arguments)
        weights = optax.apply_updates(weights, updates)
    return weights


def test_loaded_model_trains_on_to_the_bit(tmp_path):
    model = build(emit(), rho=0.5, optimizer="adam")
    fit(model)
    model.save(tmp_path / "model.keras")
    classes = {"my_model>CustomModel": emit()}
    loaded = keras.saving.load_model(tmp_path / "model.keras", classes)
    loaded.rho = 0.5
    np.testing.assert_equal(fit(loaded), fit(model))
