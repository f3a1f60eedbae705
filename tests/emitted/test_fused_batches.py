"""`FusedBatches` joins what a call takes, and trains as Keras does on arrays."""

import importlib

import jax
import keras
import numpy as np
import pytest
from fusing import DATA, build, check_equal, emit, train
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import WEIGHTS, X, Y
from trainstep.emitted import use_project

STEPS = [2, 3, 4, 9]
"""Steps in a call, such that 4 whole batches of 8 fill calls or leave some over."""


@pytest.mark.parametrize("shuffle", [False, True, "batch"])
@pytest.mark.parametrize("steps", STEPS)
def test_arrays_train_as_in_keras(steps, shuffle):
    arguments = {"validation_data": DATA, "shuffle": shuffle}
    expected = train(build(keras.Model, steps=steps), **arguments)
    check_equal(train(build(emit()[0], steps=steps), **arguments), expected)


@pytest.mark.parametrize("steps", STEPS)
def test_fused_batches_train_as_arrays(steps):
    model_class, module = emit()
    model = build(model_class, steps=steps)
    batches = module.FusedBatches(model, *DATA, batch_size=8)
    history = model.fit(batches, epochs=2, verbose=0).history
    expected = build(keras.Model, steps=steps)
    check_equal(history, expected.fit(*DATA, batch_size=8, epochs=2, verbose=0).history)
    check_equal(*map(shared.get_state, (model, expected)))


def test_order_changes_with_the_epoch():
    model_class, module = emit()
    batches = module.FusedBatches(build(model_class), *DATA, batch_size=8)
    orders = []
    for _ in range(2):
        batches.on_epoch_begin()
        orders.append(list(batches.order))
        batches.on_epoch_end()
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1])


def record_items(model, *data, **arguments):
    """Fits a model; returns what its train function found in the iterator."""
    model.make_train_function()
    run, items = model.train_function, []
    model.train_function = lambda state, iterator: run(
        state, (items.append(item) or item for item in iterator)
    )
    model.fit(*data, verbose=0, **arguments)
    return [item[0] if isinstance(item, list) else item for item in items]


@pytest.mark.parametrize(
    ("arguments", "joins"),
    [
        ({}, True),
        ({"sample_weight": WEIGHTS}, True),
        ({"class_weight": {0: 1.0}, "y": np.zeros(40, "int32")}, False),
        ({"validation_split": 0.1}, False),
        ({"steps_per_epoch": 3}, False),
        ({"shuffle": "batch"}, False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_arrays_are_joined(arguments, joins):
    model_class, module = emit()
    arguments = {"x": X, "y": Y, "batch_size": 8, **arguments}
    items = record_items(build(model_class), **arguments)
    assert any(isinstance(item, module.JoinedBatches) for item in items) == joins


def test_large_batches_are_not_joined():
    model_class, module = emit()
    x = np.zeros((40, module.MOST_BYTES_ON_CPU // 8 // 4), "float32")
    batches = module.FusedBatches(build(model_class), x, Y, batch_size=8)
    assert batches.steps == 1 and batches.num_batches == 5
    assert module.FusedBatches(build(model_class), x, Y, batch_size=4).steps == 3


def test_gpus_join_larger_batches(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    _, module = emit()
    sizes = module.MOST_BYTES_ON_CPU, module.MOST_BYTES, module.MOST_BYTES + 1
    assert [module.is_small(np.zeros(s, "int8")) for s in sizes] == [True, True, False]


def fit_arrays(move):
    model = build(emit()[0])
    model.fit(*map(move, DATA), batch_size=8, shuffle=False, verbose=0)
    return shared.get_state(model)


def test_arrays_on_a_device_train_as_those_on_the_host():
    check_equal(fit_arrays(jax.device_put), fit_arrays(np.asarray))


@pytest.mark.parametrize("move", [np.asarray, jax.device_put])
def test_batches_are_stacked_where_they_are(move):
    with use_project({"fused_steps": True}):
        stack = importlib.import_module("my_model.fused_functions").stack
    batches = [(move(X[i : i + 8]), move(Y[i : i + 8])) for i in (0, 8)]
    x, y = stack(batches)
    check_equal([x, y], [X[:16].reshape(2, 8, -1), Y[:16].reshape(2, 8, -1)])
    assert isinstance(x, np.ndarray) == isinstance(batches[0][0], np.ndarray)
    assert stack(batches[:1]) is batches[0]


def test_arrays_stay_on_the_device():
    model_class, module = emit()
    x, y, _ = module.FusedBatches(build(model_class), *map(jax.device_put, DATA))[0]
    assert isinstance(x, jax.Array) and isinstance(y, jax.Array)


def test_only_the_rows_of_a_call_are_read(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    model_class, module = emit()
    batches = module.FusedBatches(build(model_class), mapped, Y, batch_size=8)
    batches.on_epoch_end()
    assert not np.shares_memory(batches[0].x, mapped)
    np.testing.assert_array_equal(batches[0].x, X[:24])


def test_floats_are_converted_as_in_keras():
    wide = [array.astype("float64") for array in DATA]
    check_equal(train(build(emit()[0]), *wide), train(build(keras.Model), *wide))


def test_arrays_of_different_lengths_are_refused():
    model_class, module = emit()
    with pytest.raises(ValueError, match="equal length"):
        module.FusedBatches(build(model_class), X, Y[:-1])


def test_devices_take_single_batches():
    model_class, module = emit()
    model = build(model_class)
    with keras.distribution.DataParallel().scope():
        assert module.FusedBatches(model, X, Y, batch_size=8).steps == 1
