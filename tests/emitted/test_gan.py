"""What a GAN's steps promise beyond the tests of its own project."""

import importlib

import keras
import numpy as np
import pytest
from emitted_tests import assert_scaled
from trainstep.emitted import use_project

IMAGES = np.random.default_rng(0).random((20, 4), "float32")
RUN = {"batch_size": 8, "shuffle": False, "verbose": 0}
FIRST_ONLY = property(lambda pair: [pair.iterations, *pair.optimizers[0].variables])
"""The state without the discriminator's optimizer."""


@pytest.fixture(scope="module")
def project():
    """Returns the modules `model` and `optimizer_pair` of a GAN's project."""
    with use_project({"algorithm": "gan"}):
        names = "model", "optimizer_pair"
        return [importlib.import_module(f"my_model.{name}") for name in names]


def build_networks(regularizer=None):
    """Builds a generator with batch normalization, and a discriminator."""
    generator = [
        keras.Input((3,)),
        keras.layers.Dense(8, use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(4, "sigmoid", kernel_regularizer=regularizer),
    ]
    discriminator = [
        keras.Input((4,)),
        keras.layers.Dense(8, "tanh", activity_regularizer=regularizer),
        keras.layers.Dense(1, dtype="float32", kernel_regularizer=regularizer),
    ]
    return keras.Sequential(generator), keras.Sequential(discriminator)


def make_optimizers(*rates):
    """Makes optimizers that leave averaged weights at the end of `fit()`."""
    return [keras.optimizers.Adam(rate, use_ema=True) for rate in rates]


def build(project, generator_rate=0.01, discriminator_rate=0.01, regularizer=None):
    keras.utils.set_random_seed(0)
    model = project[0].CustomModel(*build_networks(regularizer))
    model.compile(*make_optimizers(generator_rate, discriminator_rate))
    return model


def draw_noise(model):
    """Returns the noise of an epoch: for the discriminator, for the generator."""
    seed = keras.random.SeedGenerator()
    seed.state.assign(model.training_noise.state)
    batches = [keras.random.normal((n, 3), seed=seed) for n in (8, 8, 8, 8, 4, 4)]
    return batches[::2], batches[1::2]


def get_weights(network):
    return [weight.numpy() for weight in network.trainable_variables]


def close(values, others):
    return all(
        np.allclose(*pair, 1e-6, 1e-6) for pair in zip(values, others, strict=True)
    )


@pytest.mark.parametrize("regularizer", [None, "l2"])
def test_discriminator_alone_equals_fit(project, regularizer):
    model = build(project, generator_rate=0.0, regularizer=regularizer)
    alone = build(project, regularizer=regularizer).discriminator
    real = np.split(IMAGES, [8, 16])
    generated = [
        model.generator(noise, training=True) for noise in draw_noise(model)[0]
    ]
    x = np.concatenate(
        [rows for pair in zip(real, generated, strict=True) for rows in pair]
    )
    y = np.repeat([1, 0, 1, 0, 1, 0], [8, 8, 8, 8, 4, 4])[:, None]
    fit_alone(alone, x, y, batch_size=16)
    model.fit(IMAGES, **RUN)
    assert close(get_weights(model.discriminator), get_weights(alone))


def test_generator_alone_equals_fit(project):
    model, other = build(project, discriminator_rate=0.0), build(project)
    other.discriminator.trainable = False
    alone = keras.Sequential([other.generator, other.discriminator])
    x = np.concatenate(draw_noise(model)[1])
    fit_alone(alone, x, np.ones((20, 1)), batch_size=8)
    model.fit(IMAGES, **RUN)
    assert close(get_weights(model.generator), get_weights(alone))


def fit_alone(network, x, y, batch_size):
    """Fits a network by Keras's own trainer, as a classifier of its scores."""
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(*make_optimizers(0.01), loss=loss)
    network.fit(x, y, batch_size=batch_size, shuffle=False, verbose=0)


def test_each_network_learns_with_its_own_rate(project):
    for names in (("generator", "discriminator"), ("discriminator", "generator")):
        model = build(project, **{f"{names[0]}_rate": 0.0})
        before = [get_weights(getattr(model, name)) for name in names]
        model.fit(IMAGES, **RUN)
        after = [get_weights(getattr(model, name)) for name in names]
        assert [close(*pair) for pair in zip(before, after, strict=True)] == [
            True,
            False,
        ]


def test_regularizers_count(project):
    plain, regularized = build(project), build(project, regularizer="l2")
    for model in (plain, regularized):
        model.fit(IMAGES, **RUN)
    for name in ("generator", "discriminator"):
        networks = getattr(plain, name), getattr(regularized, name)
        assert not close(*map(get_weights, networks))


def test_validation_leaves_training_as_it_is(project):
    plain, validated = build(project), build(project)
    plain.fit(IMAGES, epochs=2, **RUN)
    validated.fit(IMAGES, epochs=2, validation_data=(IMAGES,), **RUN)
    assert all(map(np.array_equal, plain.get_weights(), validated.get_weights()))


def test_optimizer_beside_the_state_is_caught(project, monkeypatch):
    right, wrong = build(project), build(project)
    right.fit(IMAGES, **RUN)
    monkeypatch.setattr(project[1].OptimizerPair, "variables", FIRST_ONLY)
    wrong.fit(IMAGES, **RUN)
    assert int(wrong.optimizer.optimizers[1].iterations) == 0
    assert not close(get_weights(right.discriminator), get_weights(wrong.discriminator))


def test_half_precision_scales_both_losses(project):
    names = "generator", "discriminator"
    assert_scaled(lambda: build(project), names, IMAGES)


def test_callbacks_set_both_learning_rates(project):
    model = build(project)
    halve = keras.callbacks.LearningRateScheduler(lambda _epoch, rate: rate / 2)
    model.fit(IMAGES, callbacks=[halve], **RUN)
    rates = [float(inner.learning_rate) for inner in model.optimizer.optimizers]
    assert np.allclose(rates, 0.005)


def test_pair_has_no_learning_rate_of_its_own(project):
    optimizer = build(project).optimizer
    with pytest.raises(AttributeError, match="of its own"):
        _ = optimizer.learning_rate
    with pytest.raises(AttributeError):
        optimizer.learning_rate = 1.0


def test_refuses_images_of_another_shape(project):
    model = build(project)
    model.compile("adam", "adam")
    with pytest.raises(ValueError, match=r"images \(4,\), but the data has \(5,\)"):
        model.fit(np.zeros((8, 5)), verbose=0)


def test_refuses_a_compiled_loss(project):
    with pytest.raises(TypeError, match="'loss'"):
        build(project).compile("adam", "adam", loss="mse")
