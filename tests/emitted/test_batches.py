"""The emitted batches are those that `fit()` makes of the same arrays, to the bit."""

import importlib

import jax
import keras
import numpy as np
import pytest
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import WEIGHTS, X, Y
from trainstep.emitted import use_project

ROWS = 37
DATA = X[:ROWS], Y[:ROWS]
STEPS = [1, 3, 4, 9]
"""Steps per execution, such that 4 whole batches of 8 leave items of all lengths."""


def emit(**options):
    """Returns the emitted `CustomModel` and the module of the batches."""
    with use_project(options):
        model = importlib.import_module("my_model.model")
        return model.CustomModel, importlib.import_module("my_model.batches")


def build(model_class, **arguments):
    keras.utils.set_random_seed(0)
    model = shared.build(model_class)
    model.compile("adam", "mse", metrics=["mae"], **arguments)
    return model


def train(model, x, y=None, **arguments):
    """Fits two epochs; returns the history and the state."""
    history = model.fit(x, y, epochs=2, verbose=0, **arguments).history
    return history, shared.get_state(model)


def train_on_arrays(model):
    validation = {"validation_data": DATA, "batch_size": 8}
    return train(model, *DATA, shuffle=True, **validation)


def train_on_batches(model, batches, validation_batches=None):
    validation_batches = validation_batches or batches
    training = batches(*DATA, batch_size=8, shuffle=True)
    validation = validation_batches(*DATA, batch_size=8)
    return train(model, training, validation_data=validation, shuffle=False)


def fuse(model, module):
    """Returns what makes `FusedBatches` for a model, called as `Batches` is."""
    return lambda *data, **arguments: module.FusedBatches(model, *data, **arguments)


def check_equal(results, expected, tolerance=0.0):
    for result, value in zip(*map(jax.tree.leaves, (results, expected)), strict=True):
        np.testing.assert_allclose(result, value, tolerance, tolerance)


def test_batches_equal_those_of_fit():
    model_class, module = emit()
    results = train_on_batches(build(model_class), module.Batches)
    check_equal(results, train_on_arrays(build(keras.Model)))


@pytest.mark.parametrize("steps", STEPS)
def test_fused_batches_equal_those_of_fit(steps):
    model_class, module = emit(fused_steps=True)
    model = build(model_class, steps_per_execution=steps)
    results = train_on_batches(model, fuse(model, module))
    reference = build(keras.Model, steps_per_execution=steps)
    check_equal(results, train_on_arrays(reference))


@pytest.mark.parametrize("arguments", [{"run_eagerly": True}, {"jit_compile": False}])
def test_fused_batches_are_single_ones_where_keras_runs_the_steps(arguments):
    model_class, module = emit(fused_steps=True)
    model = build(model_class, steps_per_execution=2, **arguments)
    results = train_on_batches(model, fuse(model, module))
    reference = build(keras.Model, steps_per_execution=2, **arguments)
    check_equal(results, train_on_arrays(reference))


def test_fused_batches_train_beside_a_built_in_test_step():
    model_class, module = emit(fused_steps=True, custom_steps="train")
    model = build(model_class, steps_per_execution=3)
    results = train_on_batches(model, fuse(model, module), module.Batches)
    check_equal(results, train_on_arrays(build(keras.Model, steps_per_execution=3)))


@pytest.mark.parametrize("steps", [1, 3])
def test_sample_weights_go_along(steps):
    model_class, module = emit(fused_steps=True)
    weights = WEIGHTS[:ROWS]
    model = build(model_class, steps_per_execution=steps)
    batches = module.FusedBatches(model, *DATA, weights, batch_size=8, shuffle=True)
    results = train(model, batches, shuffle=False)
    arrays = {"sample_weight": weights, "batch_size": 8, "shuffle": True}
    expected = train(build(keras.Model), *DATA, **arrays)
    check_equal(results, expected, tolerance=1e-6)


def test_callbacks_see_the_batch_boundaries_of_keras():
    def list_boundaries(model, *data, **arguments):
        boundaries = []
        callback = keras.callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, **_: boundaries.append(batch),
            on_train_batch_end=lambda batch, **_: boundaries.append(batch),
        )
        model.fit(*data, verbose=0, callbacks=[callback], **arguments)
        return boundaries

    model_class, module = emit(fused_steps=True)
    model = build(model_class, steps_per_execution=3)
    batches = module.FusedBatches(model, *DATA, batch_size=8, shuffle=True)
    expected = list_boundaries(
        build(keras.Model, steps_per_execution=3), *DATA, batch_size=8
    )
    assert list_boundaries(model, batches, shuffle=False) == expected


@pytest.mark.parametrize("fused_steps", [False, True])
def test_arrays_stay_on_the_device(fused_steps):
    model_class, module = emit(fused_steps=fused_steps)
    model = build(model_class, steps_per_execution=2)
    make = fuse(model, module) if fused_steps else module.Batches
    x, y, _ = make(*map(jax.device_put, DATA), batch_size=8)[0]
    assert isinstance(x, jax.Array) and isinstance(y, jax.Array)
    check_equal(make(*DATA, batch_size=8)[0], (x, y))


def test_only_the_rows_of_a_batch_are_read(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    _, module = emit()
    x, _, _ = module.Batches(mapped, Y, batch_size=8)[1]
    assert not np.shares_memory(x, mapped)
    np.testing.assert_array_equal(x, X[8:16])


@pytest.mark.parametrize("shuffle", [False, True])
def test_last_batch_goes_without_rows_that_two_devices_cannot_share(shuffle):
    _, module = emit()
    with keras.distribution.DataParallel().scope():
        batches = module.Batches(*DATA, batch_size=8, shuffle=shuffle)
        batches.on_epoch_begin()
        items = [x for x, _, _ in batches]
    assert batches.left_out == 1
    assert [len(x) for x in items] == [8, 8, 8, 8, 4]
    assert len(np.unique(np.concatenate(items), axis=0)) == 36


def test_nested_arrays_are_gathered():
    _, module = emit()
    x, _, _ = module.Batches({"a": X, "b": [Y]}, Y, batch_size=8)[0]
    check_equal(x, {"a": X[:8], "b": [Y[:8]]})


def test_items_that_fit_shuffles_are_refused():
    model_class, module = emit(fused_steps=True)
    model = build(model_class, steps_per_execution=4)
    batches = module.FusedBatches(model, X, Y, batch_size=1)
    with pytest.raises(IndexError, match="shuffle=False"):
        model.fit(batches, verbose=0)
