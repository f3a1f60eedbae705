"""What a Wasserstein GAN's steps promise beyond the tests of its own project."""

import importlib

import keras
import numpy as np
import pytest
from emitted_tests import (
    assert_scaled,
    import_modules,
    list_options,
    measure_off_and_on,
)
from knobs import tally_off_and_on
from trainstep.emitted import use_project

IMAGES = np.random.default_rng(0).random((12, 4), "float32")
RUN = {"batch_size": 6, "shuffle": False, "verbose": 0}


@pytest.fixture(scope="module")
def custom_model():
    with use_project({"algorithm": "wgan_gp"}):
        return importlib.import_module("my_model.model").CustomModel


def build(custom_model, *hidden, rates=(0.01, 0.01), **settings):
    """Builds a model whose critic is linear, unless hidden layers come first."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "sigmoid")])
    score = keras.layers.Dense(1, use_bias=False)
    model = custom_model(
        generator, keras.Sequential([keras.Input((4,)), *hidden, score])
    )
    for name, value in settings.items():
        setattr(model, name, value)
    model.compile(*map(keras.optimizers.Adam, rates))
    return model


def fit(*arguments, **settings):
    model = build(*arguments, **settings)
    model.fit(IMAGES, **RUN)
    return model


def is_close(values, others, tolerance=1e-6):
    return all(
        np.allclose(*pair, tolerance, tolerance)
        for pair in zip(values, others, strict=True)
    )


def get_weights(network):
    return [weight.numpy() for weight in network.trainable_variables]


def test_penalty_of_a_linear_critic_is_its_formula(custom_model):
    model = build(custom_model)
    loss, (differences, _) = model.compute_critic_loss(IMAGES)
    norm = np.linalg.norm(model.critic.get_weights()[0])
    penalty = float(loss) + np.mean(differences)
    assert np.isclose(penalty, 10 * (norm - 1) ** 2, 1e-5)


def score(images, first, bias, last):
    """Returns what a critic with a hidden layer gives, in the precision of weights."""
    return (np.tanh(images @ first + bias) @ last)[:, 0]


def test_norms_equal_finite_differences(custom_model):
    model = build(custom_model, keras.layers.Dense(8, "tanh"))
    norms = model.compute_gradient_norms(IMAGES, IMAGES, training=False)
    weights = [weight.astype("float64") for weight in model.critic.get_weights()]
    rises = [
        score(IMAGES + move, *weights) - score(IMAGES - move, *weights)
        for move in 1e-6 * np.eye(4)
    ]
    assert np.allclose(norms, np.linalg.norm(rises, axis=0) / 2e-6, 1e-5)


def test_points_are_drawn_uniformly_between_images(custom_model):
    square = keras.layers.Lambda(keras.ops.square)
    model = build(custom_model, square)
    model.critic.set_weights([np.float32([[0.5], [0], [0], [0]])])
    real, generated = np.zeros((2000, 4), "float32"), np.ones((2000, 4), "float32")
    points = np.array(model.compute_gradient_norms(real, generated, training=False))
    parts = np.histogram(points, bins=4, range=(0, 1))[0]
    assert parts.sum() == 2000 and 400 < parts.min() <= parts.max() < 600


@pytest.mark.parametrize("options", list_options("wgan_gp"), ids=str)
def test_off_equals_a_loop_without_penalty_and_on_differs(options, monkeypatch, tally):
    emitted = import_modules(**options)
    monkeypatch.setattr(emitted.model.CustomModel, "critic_steps", 2)
    fit_plain = emitted.reference.expected
    off, on = measure_off_and_on(emitted, "penalty_weight", fit_plain, monkeypatch)
    assert off <= 1e-6 and on > 1e-3
    tally_off_and_on(tally, "wgan_gp", off=off, on=on)


def test_without_penalty_a_linear_critic_follows_the_difference(custom_model):
    model = build(custom_model, penalty_weight=0.0, critic_steps=1, rates=(0.0, 0.01))
    seed = keras.random.SeedGenerator()
    seed.state.assign(model.training_noise.state)
    generated = model.generator(keras.random.normal((12, 3), seed=seed))
    before = model.critic.get_weights()[0][:, 0]
    model.fit(IMAGES, batch_size=12, shuffle=False, verbose=0)
    ascent = np.sign(IMAGES.mean(axis=0) - np.mean(generated, axis=0))
    moved = model.critic.get_weights()[0][:, 0] - before
    assert np.allclose(moved, 0.01 * ascent, 1e-3)  # Adam's first step.


def test_each_network_learns_with_its_own_rate(custom_model):
    start = build(custom_model)
    for rates, expected in (((0.0, 0.01), [True, False]), ((0.01, 0.0), [False, True])):
        model = fit(custom_model, rates=rates)
        pairs = [(start.generator, model.generator), (start.critic, model.critic)]
        assert [is_close(*map(get_weights, pair)) for pair in pairs] == expected


def test_validation_leaves_training_as_it_is(custom_model):
    plain, validated = build(custom_model), build(custom_model)
    plain.fit(IMAGES, epochs=2, **RUN)
    validated.fit(IMAGES, epochs=2, validation_data=(IMAGES,), **RUN)
    assert all(map(np.array_equal, plain.get_weights(), validated.get_weights()))


def test_half_precision_scales_both_losses(custom_model):
    names = "generator", "critic"  # The penalty as it is exceeds the first scale.
    assert_scaled(lambda: build(custom_model, penalty_weight=0.1), names, IMAGES)
