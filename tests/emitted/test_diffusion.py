"""Diffusion models: averages, and a Gaussian whose best predictor is known."""

import keras
import numpy as np
import pytest
from emitted_tests import COVERING, find_differences, import_modules, measure_effect

MEAN, DEVIATION = 0.4, 0.1  # Of the Gaussian, in the data's scale.


@pytest.fixture(scope="module")
def emitted():
    return import_modules(algorithm="diffusion")


@pytest.mark.parametrize("options", COVERING, ids=str)
def test_dropout_and_batch_normalization_equal_reference(options):
    emitted = import_modules(algorithm="diffusion", **options)
    emitted.test_model.test_dropout_and_batch_normalization_equal_reference()


@pytest.mark.usefixtures("half_precision")
def test_half_precision_equals_reference():
    emitted = import_modules(algorithm="diffusion")
    # Averages that round otherwise in float32 may be neighbors in float16.
    assert find_differences(emitted, tolerance=1e-4) == []


@pytest.mark.parametrize(("setting", "value"), [("momentum", 0.5), ("timesteps", 10)])
def test_settings_act(emitted, monkeypatch, setting, value):
    assert measure_effect(emitted, monkeypatch, setting, value) > 1e-3


def test_averages_equal_those_of_the_optimizer(emitted, monkeypatch):
    model, x = emitted.test_model.build_regularized(), emitted.reference.DATA["x"]
    model.compile(keras.optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.9))
    monkeypatch.setattr(emitted.model.CustomModel, "momentum", 0.0)
    model.train_on_batch(x)  # The optimizer's averages begin with the first step.
    monkeypatch.setattr(emitted.model.CustomModel, "momentum", 0.9)
    model.make_train_function(force=True)
    model.fit(x, epochs=2, verbose=0)  # Its end puts the averages into the network.
    pairs = zip(model.average.get_weights(), model.network.get_weights(), strict=True)
    assert all(np.allclose(*pair, rtol=1e-6, atol=1e-6) for pair in pairs)


class BestPredictor(keras.layers.Layer):
    """Predicts the noise in samples of the Gaussian as well as can be."""

    def call(self, noisy, times):
        signal, noise = np.pi / 2 * times, np.pi / 2 * times
        signal, noise = keras.ops.cos(signal), keras.ops.sin(noise)
        mean, deviation = 2 * MEAN - 1, 2 * DEVIATION
        variance = (signal * deviation) ** 2 + noise**2
        return noise * (noisy - signal * mean) / variance


def build(emitted, layer):
    noisy, times = keras.Input((1,)), keras.Input((1,))
    network = keras.Model([noisy, times], layer(noisy, times))
    model = emitted.model.CustomModel(network)
    model.compile(keras.optimizers.Adam(1e-2))
    return model


def draw(count):
    random = np.random.default_rng(0)
    return random.normal(MEAN, DEVIATION, (count, 1)).astype("float32")


def test_loss_of_the_best_predictor_equals_its_formula(emitted):
    model = build(emitted, BestPredictor())
    angles = np.pi / 2 * np.arange(1, 201) / 201
    variance = (2 * DEVIATION * np.cos(angles)) ** 2
    expected = np.mean(variance / (variance + np.sin(angles) ** 2))
    loss = model.evaluate(draw(20_000), batch_size=20_000, verbose=0)
    np.testing.assert_allclose(loss, expected, rtol=0.05)


def test_best_predictor_samples_the_gaussian(emitted, monkeypatch):
    monkeypatch.setattr(emitted.model.CustomModel, "sampling_steps", 200)
    samples = build(emitted, BestPredictor()).sample(20_000, seed=0)
    np.testing.assert_allclose(samples.mean(), MEAN, atol=0.01)
    np.testing.assert_allclose(samples.std(), DEVIATION, rtol=0.03)


def test_training_comes_close_to_the_best_predictor(emitted):
    keras.utils.set_random_seed(0)
    hidden, head = keras.layers.Dense(64, "swish"), keras.layers.Dense(1)
    model = build(
        emitted, lambda *inputs: head(hidden(keras.ops.concatenate(inputs, axis=1)))
    )
    x = draw(20_000)
    model.fit(x, batch_size=200, epochs=4, verbose=0)
    trained, best = (
        each.evaluate(x, batch_size=20_000, verbose=0)
        for each in (model, build(emitted, BestPredictor()))
    )
    assert best < trained < best + 0.02
