"""Fused steps train as Keras does with as many steps in a call, bit for bit."""

import functools
from unittest import mock

import keras
import pytest
from fusing import DATA, build, check_equal, emit, train
from keras import layers
from trainstep.audit.cases import CASES
from trainstep.audit.cases.shared import X

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


def run_case(name, model_class):
    """Runs a case with three steps in a call, where it does not choose how many."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    fused = functools.partialmethod(keras.Model.compile, steps_per_execution=3)
    with mock.patch.object(keras.Model, "compile", fused):
        return CASES[name].run(model_class)


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
