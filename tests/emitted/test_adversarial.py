"""Attacks are those of theory where it knows them, and stay within their bounds."""

import keras
import numpy as np
import pytest
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import FEATURES, WEIGHTS, X, Y
from trainstep.emitted import import_model

SIGNS = np.sign(Y)
OPTIONS = {"algorithm": "adversarial", "task": "binary_classification"}


def build(epsilon, steps, step_size):
    """Builds a logistic regression with settings of its attacks."""
    inputs = keras.Input((FEATURES,))
    head = keras.layers.Dense(1, activation="sigmoid", bias_initializer="ones")
    model = import_model(OPTIONS).CustomModel(inputs, head(inputs))
    model.epsilon, model.attack_steps, model.attack_step_size = (
        epsilon,
        steps,
        step_size,
    )
    model.compile("sgd", "binary_crossentropy")
    return model


def attack(model):
    groups = model.trainable_variables, model.non_trainable_variables
    values = ([v.value for v in variables] for variables in groups)
    return np.asarray(model.attack(*values, X, (SIGNS > 0).astype("float32")))


@pytest.mark.parametrize(("steps", "step_size"), [(1, 0.3), (5, 0.1)])
def test_attack_on_logistic_regression_is_the_strongest(steps, step_size):
    model = build(0.3, steps, step_size)
    kernel, bias = model.get_weights()
    margins = SIGNS * (X @ kernel + bias) - 0.3 * np.abs(kernel).sum()
    y = (SIGNS > 0).astype("float32")
    logs = model.evaluate(X, y, sample_weight=WEIGHTS, verbose=0, return_dict=True)
    expected = np.mean(WEIGHTS[:, None] * np.logaddexp(0, -margins))
    np.testing.assert_allclose(logs["attacked_loss"], expected, rtol=1e-5)


def test_attack_stays_within_epsilon():
    change = np.abs(attack(build(0.25, steps=3, step_size=0.1)) - X)
    np.testing.assert_allclose(change, 0.25, rtol=1e-5)


def test_evaluation_reports_rows_as_they_are_and_attacked():
    model = build(0.3, steps=1, step_size=0.3)
    y = (SIGNS > 0).astype("float32")
    logs = model.evaluate(X, y, verbose=0, return_dict=True)
    plain = keras.losses.BinaryCrossentropy()(y, model(X))
    np.testing.assert_allclose(logs["loss"], plain, rtol=1e-6)
    assert logs["attacked_loss"] > logs["loss"] + 0.1
    assert "attacked_accuracy" in logs


def test_attack_on_half_precision_does_not_vanish():
    small = keras.initializers.Constant(2e-3)
    with shared.dtype_policy("mixed_float16"):
        hidden = keras.layers.Dense(1, kernel_initializer=small)
        model_class = import_model(OPTIONS).CustomModel
        model = shared.build(model_class, hidden, activation="sigmoid")
    model.layers[-1].kernel.assign([[2e-3]])
    model.compile("sgd", "mse")
    assert (np.abs(attack(model) - X) > 0.01).all()
