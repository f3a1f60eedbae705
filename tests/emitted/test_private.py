"""Private gradients: clipped row by row, noisy by the right amount, accounted for."""

import functools
import importlib
import math
import statistics

import jax
import keras
import numpy as np
import pytest
from keras import layers
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import FEATURES, WEIGHTS, X, Y
from trainstep.emitted import import_model, use_project

BATCHES = [slice(0, 16), slice(16, 32), slice(32, 40)]  # The last one is smaller.


@functools.cache
def emit(**options):
    return import_model({"gradients": "private", **options}).CustomModel


def build(model_class, clip=1e9, noise=0.0, hidden=list, **arguments):
    keras.utils.set_random_seed(0)
    model = shared.build(model_class, layers.Dense(8, "tanh"), *hidden())
    model.l2_norm_clip, model.noise_multiplier = clip, noise
    arguments = {"optimizer": keras.optimizers.SGD(0.1), "loss": "mse", **arguments}
    model.compile(weighted_metrics=["mae"], **arguments)
    return model


def fit(model):
    arguments = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    return model.fit(X, Y, sample_weight=WEIGHTS, **arguments).history


def get_weights(model):
    return [variable.numpy() for variable in model.trainable_variables]


def check_close(results, expected, tolerance=1e-6):
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value, tolerance, tolerance)


@pytest.mark.parametrize("fused", [False, True])
def test_equals_a_plain_loop_over_samples(fused):
    expected = train_by_hand(build(keras.Model), clip=1.0)
    model = build(emit(fused_steps=fused), clip=1.0, steps_per_execution=1 + fused)
    fit(model)
    check_close(get_weights(model), expected)


def train_by_hand(model, clip):
    """Trains with SGD and clipped gradients of one row, and returns the weights."""

    def loss(weights, x, y, sample_weight):
        y_pred, _ = model.stateless_call(weights, [], x[None])
        return sample_weight * (y - y_pred[0, 0])[0] ** 2

    slope = jax.jit(jax.grad(loss))
    weights = [variable.value for variable in model.trainable_variables]
    for rows in BATCHES * 2:
        sums = [0.0] * len(weights)
        for row in zip(X[rows], Y[rows], WEIGHTS[rows], strict=True):
            gradients = slope(weights, *row)
            norm = np.sqrt(sum(np.sum(np.square(g)) for g in gradients))
            sums = [
                s + g / max(1.0, norm / clip)
                for s, g in zip(sums, gradients, strict=True)
            ]
        weights = [
            w - 0.1 * s / len(X[rows]) for w, s in zip(weights, sums, strict=True)
        ]
    return weights


def train_once(model, rows):
    """Trains on a batch of some rows; returns by how much the weights change."""
    before = get_weights(model)
    model.train_on_batch(X[:rows], Y[:rows])
    pairs = zip(get_weights(model), before, strict=True)
    return np.concatenate([(new - old).ravel() for new, old in pairs])


@pytest.mark.parametrize("rows", [1, 5])
def test_noise_is_divided_by_the_rows(rows):
    model = build(emit(), clip=1e-3, noise=1e4, hidden=lambda: [layers.Dense(500)])
    steps = [train_once(model, rows) for _ in range(2)]
    assert np.std(steps) == pytest.approx(0.1 * 1e-3 * 1e4 / rows, rel=0.03)
    assert abs(np.corrcoef(*steps)[0, 1]) < 0.1


def test_row_moves_weights_by_its_clipped_gradient():
    step = train_once(build(emit(), clip=0.5), rows=1)
    assert np.linalg.norm(step) == pytest.approx(0.1 * 0.5, rel=1e-5)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (layers.BatchNormalization, "batch_normalization.* keeps averages of the rows"),
        (lambda: keras.Sequential([layers.BatchNormalization()]), "keeps averages"),
        (lambda: layers.TimeDistributed(layers.BatchNormalization()), "batched"),
    ],
)
def test_refuses_state_that_depends_on_rows(layer, message):
    def make_layers():
        return [layers.Reshape((2, 4)), layer(), layers.Flatten()]

    with pytest.raises(ValueError, match=message):
        fit(build(emit(), hidden=make_layers))


def test_takes_frozen_batch_normalization():
    frozen = functools.partial(layers.BatchNormalization, trainable=False)
    assert fit(build(emit(), hidden=lambda: [frozen()]))["loss"]


def test_refuses_loss_scaling():
    with shared.dtype_policy("mixed_float16"):
        model = build(emit())
    with pytest.raises(ValueError, match="Loss scaling depends on the rows"):
        fit(model)


def test_several_outputs_log_what_keras_logs():
    logs = [fit_two_outputs(model_class) for model_class in (emit(), keras.Model)]
    assert logs[0] == pytest.approx(logs[1], rel=1e-6)


def fit_two_outputs(model_class):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((FEATURES,))
    model = model_class(inputs, {name: layers.Dense(1)(inputs) for name in "ab"})
    model.compile("sgd", {"a": "mse", "b": "mae"}, metrics={"b": ["mse"]})
    return model.train_on_batch(X, {"a": Y, "b": Y}, return_dict=True)


def test_loaded_model_trains_on_to_the_bit(tmp_path):
    model = build(emit(), clip=1.0, noise=1.0, optimizer="adam")
    fit(model)
    model.save(tmp_path / "model.keras")
    classes = {"my_model>CustomModel": emit()}
    loaded = keras.saving.load_model(tmp_path / "model.keras", classes)
    fit(model), fit(loaded)
    np.testing.assert_equal(loaded.get_weights(), model.get_weights())


@functools.cache
def import_privacy():
    with use_project({"gradients": "private"}):
        return importlib.import_module("my_model.privacy")


@pytest.mark.parametrize(("epochs", "noise"), [(1, 1.0), (10, 4.0)])
def test_epsilon_of_shuffled_batches_is_the_formula(epochs, noise):
    arguments = {"batch_size": 32, "epochs": epochs, "noise_multiplier": noise}
    _, epsilon = import_privacy().compute_epsilons(1000, delta=1e-5, **arguments)
    assert find_delta(epsilon, noise / math.sqrt(epochs)) == pytest.approx(1e-5, 0.05)


def find_delta(epsilon, deviation):
    """Returns the delta of the Gaussian mechanism (Balle and Wang, 2018)."""
    normal, half = statistics.NormalDist(), 0.5 / deviation
    upper, lower = half - epsilon * deviation, -half - epsilon * deviation
    return normal.cdf(upper) - math.exp(epsilon) * normal.cdf(lower)


def test_epsilon_is_smaller_where_batches_are_samples():
    sampled, shuffled = import_privacy().compute_epsilons(1000, 32, 10, 1.0)
    assert sampled < 0.5 * shuffled


def test_epsilon_of_no_noise_is_infinite():
    assert import_privacy().compute_epsilons(1000, 32, 10, 0.0) == (math.inf, math.inf)


def test_describes_privacy_in_a_line():
    model, history = build(emit(), noise=1.0), {"loss": [2.0, 1.0]}
    line = import_privacy().describe_privacy(model, (X, Y), 16, history)
    assert line.startswith("Privacy: at delta 1e-05, epsilon is ")
    assert "Poisson samples" in line and "\n" not in line
