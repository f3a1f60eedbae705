"""Emitted models keep their numbers on the next Keras, which fuses steps itself.

Keras pull request 23527, merged for version 3.16, changes what a train or test function
finds in its iterator where `steps_per_execution` is above one:

- all batches of an execution as one item, each array stacked:
  `(steps_per_execution, batch_size, ...)`, to be run by a `jax.lax.scan`;
- or a `PartialBatchList` of single batches, where fewer are left or shapes differ.

`next_keras()` gives older versions that behavior, for `fit()` and `evaluate()`.
"""

import contextlib
import functools
import importlib
import itertools
from unittest import mock

import jax
import keras
import numpy as np
import parity_cases
import pytest
from keras import layers
from keras.src.backend.jax.trainer import JAXEpochIterator, JAXTrainer
from keras.src.trainers.data_adapters import data_adapter_utils
from parity_cases import X, Y
from trainstep.emitted import import_model, use_project

IS_NEXT = hasattr(data_adapter_utils, "PartialBatchList")
CASES = [
    "callback_that_changes_state",
    "data_parallel",
    "generator_of_unknown_length",
    "nested_inputs_and_outputs",
    "partial_last_batch",
    "run_eagerly",
    "subclass",
    pytest.param("dropout_and_noise", marks=pytest.mark.full),
    pytest.param("generator", marks=pytest.mark.full),
    pytest.param("mixed_float16_overflow", marks=pytest.mark.full),
    pytest.param("several_outputs", marks=pytest.mark.full),
]


class PartialBatchList(list):
    """Batches of an execution that are not stacked."""


def stack(batches, size):
    """Yields what an execution finds: `size` batches as one item, if it can be."""
    batches = iter(batches)
    while group := list(itertools.islice(batches, size)):
        shapes = [[array.shape for array in jax.tree.leaves(batch)] for batch in group]
        if shapes.count(shapes[0]) == size:
            yield jax.tree.map(lambda *arrays: keras.ops.stack(arrays), *group)
        else:
            yield PartialBatchList(group)


def make_function(model, step, **arguments):
    """Makes the function that runs the steps of an execution."""
    if model.steps_per_execution == 1:
        return lambda state, iterator: step(state, next(iterator))

    @functools.partial(jax.jit, donate_argnums=0)
    def scan(state, stacked):
        state, logs = jax.lax.scan(lambda *args: step(*args)[::-1], state, stacked)
        return jax.tree.map(lambda log: log[-1], logs), state

    def function(state, iterator):
        batches = next(iterator)
        if not isinstance(batches, PartialBatchList):
            if model.jit_compile:
                return scan(state, batches)
            leaves, structure = jax.tree.flatten(batches)
            batches = map(structure.unflatten, zip(*leaves, strict=True))
        for batch in batches:
            logs, state = step(state, batch)
        return logs, state

    return function


@contextlib.contextmanager
def next_keras():
    """Makes Keras the next one, unless it is already."""
    get_iterator = JAXEpochIterator._get_iterator
    build = JAXTrainer._symbolic_build

    def get_stacked_iterator(self):
        size = self.steps_per_execution
        return get_iterator(self) if size == 1 else stack(get_iterator(self), size)

    def build_on_a_batch(self, iterator=None, data_batch=None):
        if data_batch is None:
            data_batch = next(iter(iterator.data_adapter.get_jax_iterator()))
        build(self, data_batch=data_batch)

    if IS_NEXT:
        return (yield)
    with (
        mock.patch.object(keras, "version", lambda: "3.16.0"),
        mock.patch.object(JAXEpochIterator, "_get_iterator", get_stacked_iterator),
        mock.patch.object(JAXTrainer, "_symbolic_build", build_on_a_batch),
        mock.patch.object(JAXTrainer, "_make_function", make_function),
    ):
        yield


def run(name, model_class, steps=3):
    """Runs a case with several steps per execution, if it does not set them itself."""
    keras.utils.clear_session()  # Layers are named anew.
    keras.utils.set_random_seed(0)
    compile_model = functools.partialmethod(
        keras.Model.compile, steps_per_execution=steps
    )
    with mock.patch.object(keras.Model, "compile", compile_model):
        return parity_cases.CASES[name](model_class)


def emit(**options):
    return import_model(options)


def check_equal(results, expected, tolerance=1e-6):
    """Allows for XLA, which may order the sums of a scan in its own way."""
    for result, value in zip(*map(jax.tree.leaves, (results, expected)), strict=True):
        np.testing.assert_allclose(result, value, tolerance, tolerance)


@pytest.mark.parametrize("name", CASES)
def test_equals_built_in_trainer(name):
    expected = run(name, keras.Model)
    with next_keras():
        check_equal(run(name, emit(fused_steps=True).CustomModel), expected)


@pytest.mark.parametrize("sample_weight", [False, True])
@pytest.mark.parametrize("fused_steps", [False, True])
@pytest.mark.parametrize("gradients", ["plain", "clip", "accumulate"])
def test_keeps_numbers(gradients, fused_steps, sample_weight):
    options = {"fused_steps": fused_steps, "sample_weight": sample_weight}
    case = "sample_weight" if sample_weight else "validation_data"
    expected = run(case, emit(gradients=gradients, **options).CustomModel)
    with next_keras():
        results = run(case, emit(gradients=gradients, **options).CustomModel)
    check_equal(results, expected)


@pytest.mark.parametrize(
    "options",
    [{"custom_steps": "train", "fused_steps": True}, {"custom_steps": "test"}],
)
def test_runs_beside_the_built_in_step(options):
    expected = run("validation_data", keras.Model)
    with next_keras():
        check_equal(run("validation_data", emit(**options).CustomModel), expected)


def fit_sequential(model_class):
    keras.utils.set_random_seed(0)
    model = model_class([layers.Dense(8, "tanh"), layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=2)
    return parity_cases.train(model)


def test_sequential_equals_built_in_trainer():
    expected = fit_sequential(keras.Sequential)
    options = {"model_api": "sequential", "fused_steps": True}
    with next_keras():
        check_equal(fit_sequential(emit(**options).CustomModel), expected)


def fit_rows(model_class, make_batches):
    keras.utils.set_random_seed(0)
    model = parity_cases.build(model_class)
    model.compile("adam", "mse", steps_per_execution=3)
    x, arguments = make_batches(model)
    history = model.fit(x, **arguments, epochs=2, verbose=0).history
    return history, parity_cases.get_state(model)


def test_fused_batches_leave_fusing_to_keras():
    arrays = {"y": Y, "batch_size": 7, "shuffle": False}
    expected = fit_rows(keras.Model, lambda _: (X, arrays))
    with next_keras(), use_project({"fused_steps": True}):
        module = importlib.import_module("my_model.batches")
        model_class = importlib.import_module("my_model.model").CustomModel

        def make(model):
            batches = module.FusedBatches(model, X, Y, batch_size=7)
            return batches, {"shuffle": False}

        check_equal(fit_rows(model_class, make), expected)


def test_trains_on_a_single_batch():
    expected = run("on_batch", keras.Model, steps=1)
    with next_keras():
        model_class = emit(fused_steps=True).CustomModel
        check_equal(run("on_batch", model_class, steps=1), expected, tolerance=0.0)


def test_stacked_batches_arrive():
    items = []
    with next_keras():
        model = parity_cases.build(emit(fused_steps=True).CustomModel)
        model.compile("sgd", "mse", steps_per_execution=2)
        model.make_train_function()
        run_steps = model.train_function
        model.train_function = lambda state, iterator: run_steps(
            state, (items.append(item) or item for item in iterator)
        )
        model.fit(X, Y, batch_size=8, verbose=0)
    *stacked, rest = items
    assert [x.shape for x, _ in stacked] == [(2, 8, 6)] * 2
    assert [x.shape for x, _ in rest] == [(8, 6)]


def test_installed_keras_fuses_when_emitted_code_says_so():
    assert emit(fused_steps=True).keras_fuses_steps() == IS_NEXT
