"""Clipped gradients are the optimizer's; accumulated ones are the whole batch's."""

import functools

import jax
import keras
import numpy as np
import parity_cases
import pytest
from keras import layers
from parity_cases import LABELS, TOKENS, WEIGHTS, X, Y
from trainstep.emitted import import_model


@functools.cache
def emit(gradients, **options):
    return import_model({"gradients": gradients, **options}).CustomModel


def fit(model_class, optimizer, policy="float32", batch_size=16, **arguments):
    """Fits a small network; returns its weights and logs."""
    keras.utils.set_random_seed(0)
    with parity_cases.dtype_policy(policy):
        hidden = layers.Dense(8, activation="tanh", activity_regularizer="l2")
        model = parity_cases.build(model_class, hidden)
        model.compile(optimizer, "mse", weighted_metrics=["mae"])
        arguments = {"batch_size": batch_size, "epochs": 2, "verbose": 0} | arguments
        history = model.fit(X, 10 * Y, sample_weight=WEIGHTS, **arguments).history
    return [*model.get_weights(), *history.values()]


def check_close(results, expected, tolerance):
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value, tolerance, tolerance)


@pytest.mark.parametrize(
    ("policy", "tolerance"),
    # With loss scaling, the norm is that of scaled gradients: other roundings.
    [("float32", 0.0), ("mixed_bfloat16", 0.0), ("mixed_float16", 1e-6)],
)
def test_clip_is_global_clipnorm(policy, tolerance):
    results = fit(emit("clip"), keras.optimizers.Adam(), policy)
    optimizer = keras.optimizers.Adam(global_clipnorm=1.0)
    check_close(results, fit(keras.Model, optimizer, policy), tolerance)


def test_clip_changes_steps():
    clipped = fit(emit("clip"), keras.optimizers.SGD())
    plain = fit(keras.Model, keras.optimizers.SGD())
    assert np.max(np.abs(clipped[0] - plain[0])) > 1e-3


def test_clip_skips_steps_that_overflow():
    scaled = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(), initial_scale=2.0**30
    )
    weights = fit(emit("clip"), scaled, "mixed_float16", epochs=1)
    assert all(np.isfinite(values).all() for values in weights)
    assert float(scaled.dynamic_scale.numpy()) < 2.0**30


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("batch_size", [1, 3, 8, 16, 21, 40])
def test_accumulate_equals_whole_batch(batch_size, fused):
    model_class = emit("accumulate", fused_steps=fused)
    results = fit(model_class, keras.optimizers.SGD(1e-3), batch_size=batch_size)
    expected = fit(keras.Model, keras.optimizers.SGD(1e-3), batch_size=batch_size)
    check_close(results, expected, 1e-6)


def test_accumulate_keeps_nested_rows_in_order():
    def build(model_class):
        tokens = keras.Input((4,), name="tokens")
        outputs = {"a": layers.Dense(3)(tokens), "b": [layers.Dense(1)(tokens)]}
        return model_class({"tokens": tokens}, outputs)

    results = []
    for model_class in (emit("accumulate"), keras.Model):
        keras.utils.set_random_seed(0)
        model = build(model_class)
        crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", {"a": crossentropy, "b": ["mse"]}, metrics={"a": ["acc"]})
        y = {"a": LABELS, "b": [Y]}
        logs = model.train_on_batch({"tokens": TOKENS}, y, return_dict=True)
        results.append([*logs.values(), *model.get_weights()])
    check_close(*results, 1e-6)


def test_accumulate_makes_no_more_micro_batches_than_asked():
    split_batch = import_model({"gradients": "accumulate"}).split_batch
    for size in range(1, 40):
        groups = split_batch(np.arange(size), 4)
        sizes = [len(rows) for group in groups for rows in group]
        assert sum(sizes) == size
        assert len(sizes) <= 4
        assert max(sizes) == -(-size // 4)


def test_accumulate_saves_memory():
    def measure(model_class):
        inputs = keras.Input((64,))
        x = inputs
        for _ in range(24):
            x = layers.Dense(64, activation="tanh")(x)
        model = model_class(inputs, x)
        model.micro_batches = 8
        model.compile("sgd", "mse")
        model.optimizer.build(model.trainable_variables)
        groups = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
        state = jax.tree.map(lambda variable: variable.value, groups)
        rows = np.zeros((4096, 64), "float32")
        compiled = jax.jit(model.train_step).lower(state, (rows, rows)).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    assert measure(emit("accumulate")) < 0.25 * measure(keras.Model)
