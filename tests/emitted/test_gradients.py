"""Clipped gradients are the optimizer's; accumulated ones are the whole batch's."""

import functools
import importlib
import math

import jax
import keras
import numpy as np
import pytest
from keras import layers
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import LABELS, TOKENS, WEIGHTS, X, Y
from trainstep.audit.cases.structures import ScaledBatches
from trainstep.emitted import import_model, use_project


@functools.cache
def emit(gradients, **options):
    return import_model({"gradients": gradients, **options}).CustomModel


def fit(model_class, optimizer, policy="float32", batch_size=16, **arguments):
    """Fits a small network; returns its weights and logs."""
    keras.utils.set_random_seed(0)
    with shared.dtype_policy(policy):
        hidden = layers.Dense(8, activation="tanh", activity_regularizer="l2")
        model = shared.build(model_class, hidden)
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
    with use_project({"gradients": "accumulate"}):
        split_batch = importlib.import_module("my_model.micro_batches").split_batch
    for size in range(1, 40):
        groups = split_batch(np.arange(size), 4)
        sizes = [len(rows) for group in groups for rows in group]
        assert sum(sizes) == size
        assert len(sizes) <= 4
        assert max(sizes) == math.ceil(size / 4)


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


def fit_float8(model_class, optimizer):
    """Fits float8 layers; returns what their scales and histories have become."""
    keras.utils.set_random_seed(0)
    model = shared.build(model_class, layers.Dense(8), layers.Dense(8))
    for layer in model.layers[1:-1]:
        layer.quantize("float8")
    model.compile(optimizer, "mse")
    model.fit(X, 10 * Y, batch_size=20, shuffle=False, verbose=0)
    overwritten = [v for v in model.trainable_variables if v.overwrite_with_gradient]
    assert len(overwritten) == 12
    return [v.numpy() for v in overwritten], model.get_weights()


def test_clip_leaves_float8_scales_as_they_are():
    optimizer = keras.optimizers.SGD(1e-3, global_clipnorm=1.0)
    scales, weights = fit_float8(keras.Model, optimizer)
    clipped_scales, clipped = fit_float8(emit("clip"), keras.optimizers.SGD(1e-3))
    check_close(clipped_scales, scales, 0.0)
    check_close(clipped, weights, 0.0)


def test_accumulate_takes_the_largest_values_that_float8_layers_have_seen():
    scales, _ = fit_float8(keras.Model, keras.optimizers.SGD(1e-3))
    accumulated, _ = fit_float8(emit("accumulate"), keras.optimizers.SGD(1e-3))
    forward = [values for values in scales if values.max() > 1e-3]
    assert len(forward) > 6
    for values, expected in zip(accumulated, scales, strict=True):
        # Losses of fewer rows have larger gradients, by the number of micro-batches.
        assert np.all(values >= 0.9 * expected) and np.all(values <= 4.4 * expected)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_clip_refuses_an_optimizer_that_accumulates(policy):
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    with pytest.raises(ValueError, match="accumulates gradients and has to clip"):
        fit(emit("clip"), optimizer, policy)


def build_stateful(model_class):
    keras.utils.set_random_seed(0)
    steps = keras.Input(batch_shape=(8, 2, 3))
    outputs = layers.Dense(1)(layers.LSTM(4, stateful=True)(steps))
    model = model_class(steps, outputs)
    model.compile("sgd", "mse")
    return model


def test_accumulate_refuses_batches_of_one_size():
    model = build_stateful(emit("accumulate"))
    with pytest.raises(ValueError, match="built for batches of 8 rows"):
        model.fit(X.reshape(-1, 2, 3), Y, batch_size=8, verbose=0)


def test_accumulate_takes_batches_of_one_size_whole():
    weights = []
    for model_class in (emit("accumulate"), keras.Model):
        model = build_stateful(model_class)
        model.micro_batches = 1
        model.fit(X.reshape(-1, 2, 3), Y, batch_size=8, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    check_close(*weights, 1e-6)


def fit_scaled(model_class, make_outputs):
    """Fits a subclass to rows and a scalar; returns its weights.

    The class is a new one: Keras cannot extend one that was a Functional model.
    """

    class Network(model_class):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return make_outputs(self.dense(x["rows"]) * x["scale"])

        def compute_loss(self, x, y, y_pred, sample_weight, training=True):
            return keras.ops.mean(keras.ops.square(y - keras.tree.flatten(y_pred)[0]))

    keras.utils.set_random_seed(0)
    model = Network()
    model.compile("sgd")
    model.fit(ScaledBatches(), shuffle=False, verbose=0)
    return model.get_weights()


def test_accumulate_hands_scalars_to_each_micro_batch():
    model_class = import_model({"gradients": "accumulate"}).CustomModel
    results = fit_scaled(model_class, lambda rows: rows)
    check_close(results, fit_scaled(keras.Model, lambda rows: rows), 1e-6)


def test_accumulate_refuses_outputs_that_are_scalars():
    model_class = import_model({"gradients": "accumulate"}).CustomModel
    with pytest.raises(ValueError, match="An output of the model is a scalar"):
        fit_scaled(model_class, lambda rows: [rows, keras.ops.mean(rows)])
