"""Fused steps train as Keras does with as many steps in a call, bit for bit."""

import functools
import importlib
from unittest import mock

import jax
import keras
import numpy as np
import pytest
from keras import layers
from trainstep.audit.cases import CASES, shared
from trainstep.audit.cases.shared import WEIGHTS, X, Y
from trainstep.emitted import use_project

DATA = X[:37], Y[:37]
STEPS = [2, 3, 4, 9]
"""Steps in a call, such that 4 whole batches of 8 fill calls or leave some over."""

QUICK = {
    "callback_that_changes_state",
    "class_weight",
    "data_parallel",
    "generator_of_unknown_length",
    "nested_inputs_and_outputs",
    "partial_last_batch",
    "py_dataset",
    "run_eagerly",
    "sample_weight",
    "stateful_rnn",
    "subclass",
    "validation_split",
    "without_jit",
}
COMPILED_AGAIN = {"all_callbacks", "save_and_resume", "saved_and_loaded"}
"""Cases that Keras cannot run with a `compile()` that was replaced."""
FAILING_NEXT = {"missing_input", "test_on_batch", "train_on_batch"}
"""Cases in which Keras 3.16's nightly itself fails with several steps in a call."""


def emit(**options):
    """Returns the emitted `CustomModel` and the module of `FusedBatches`."""
    with use_project({"fused_steps": True, **options}):
        model = importlib.import_module("my_model.model")
        return model.CustomModel, importlib.import_module("my_model.fused_steps")


def run_case(name, model_class):
    """Runs a case with three steps in a call, where it does not choose how many."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    fused = functools.partialmethod(keras.Model.compile, steps_per_execution=3)
    with mock.patch.object(keras.Model, "compile", fused):
        return CASES[name].run(model_class)


def build(model_class, *hidden, steps=3, **arguments):
    keras.utils.set_random_seed(0)
    model = shared.build(model_class, *hidden)
    arguments = {"metrics": ["mae"], "steps_per_execution": steps, **arguments}
    model.compile("adam", "mse", **arguments)
    return model


def train(model, x=DATA[0], y=DATA[1], **arguments):
    """Fits two epochs, twice; returns the history and the state."""
    arguments = {"epochs": 2, "batch_size": 8, "verbose": 0, **arguments}
    histories = [model.fit(x, y, **arguments).history for _ in range(2)]
    evaluation = model.evaluate(*DATA, batch_size=8, verbose=0)
    return histories, evaluation, shared.get_state(model)


def check_equal(results, expected):
    for result, value in zip(*map(jax.tree.leaves, (results, expected)), strict=True):
        np.testing.assert_array_equal(result, value)


def make_cases():
    is_next = keras.version().startswith("3.16")
    left_out = COMPILED_AGAIN | (FAILING_NEXT if is_next else set())
    assert left_out <= CASES.keys()
    for name in sorted(CASES.keys() - left_out):
        marks = () if name in QUICK else pytest.mark.full
        yield pytest.param(name, marks=marks)


def compare(name):
    expected = run_case(name, keras.Model)
    check_equal(run_case(name, emit()[0]), expected)


@pytest.mark.parametrize("name", sorted(make_cases(), key=str))
def test_equals_keras_with_as_many_steps(name, users_process, tally):
    users_process.submit(compare, name).result()
    tally("parity cases held, three fused steps")


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


def fit_pictures(model_class):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 1))
    hidden = layers.Flatten()(layers.Conv1D(2, 3)(inputs))
    model = model_class(inputs, layers.Dense(1)(hidden))
    model.compile("adam", "mse", steps_per_execution=3)
    return model, train(model, X[:37, :, None])[0]


def test_convolutions_run_step_by_step_on_cpus():
    model, results = fit_pictures(emit()[0])
    check_equal(results, fit_pictures(keras.Model)[1])
    assert model.train_function.scans is False
    dense = build(emit()[0])
    train(dense)
    assert dense.train_function.scans is True


@pytest.mark.parametrize("arguments", [{"run_eagerly": True}, {"jit_compile": False}])
def test_keras_runs_steps_that_are_not_compiled(arguments):
    model = build(emit()[0], **arguments)
    check_equal(train(model), train(build(keras.Model, **arguments)))
    assert model.fused_steps == 1


def test_fuses_the_built_in_test_step():
    model = build(emit(custom_steps="train")[0])
    validation = {"validation_data": DATA}
    results = train(model, **validation)
    check_equal(results, train(build(keras.Model), **validation))
    assert model.test_function.scans is True


def test_callbacks_see_the_batches_of_keras():
    def list_boundaries(model_class):
        boundaries = []
        callback = keras.callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, **_: boundaries.append(batch),
            on_train_batch_end=lambda batch, **_: boundaries.append(batch),
        )
        train(build(model_class), callbacks=[callback])
        return boundaries

    assert list_boundaries(emit()[0]) == list_boundaries(keras.Model)


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
