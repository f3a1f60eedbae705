"""Where batches come from."""

import warnings
from collections.abc import Iterator
from typing import Any

import keras

from trainstep.audit.cases.advice import COUNT_ROWS, TAKE_WEIGHTS, WRITE_TEST_STEP
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import (
    LABELS,
    WEIGHTS,
    X,
    Y,
    build,
    build_classifier,
    can,
    get_state,
    train,
)


class Batches(keras.utils.PyDataset):
    """Five batches, with weights if the class in question takes any."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = slice(8 * index, 8 * index + 8)
        data = (X[rows], Y[rows], WEIGHTS[rows])
        return data if can("sample_weight") else data[:2]


@case(
    "validation_split fails, or its numbers are wrong.", WRITE_TEST_STEP, "evaluation"
)
def validation_split(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse")
    return train(model, validation_split=0.25)


@case("A PyDataset gives other numbers than arrays do.", TAKE_WEIGHTS)
def py_dataset(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", weighted_metrics=["mae"])
    validation = Batches() if can("evaluation") else None
    return train(model, Batches(), None, shuffle=True, validation_data=validation)


@case("A Python generator fails, or gives wrong numbers.", TAKE_WEIGHTS)
def generator(model_class: ModelClass) -> Results:
    def generate() -> Iterator[Any]:
        while True:
            yield from (Batches()[index] for index in range(5))

    model = build(model_class)
    model.compile("sgd", "mse", steps_per_execution=2)
    return train(model, generate(), None, steps_per_epoch=7)


@case("The last batches of data of unknown length are lost or miscounted.", COUNT_ROWS)
def generator_of_unknown_length(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", steps_per_execution=3)
    batches = ((X[:size], Y[:size]) for size in (8, 8, 8, 8, 8, 5, 5))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out of data")
        return train(model, batches, None, epochs=1)


@case("train_on_batch() fails, or returns other numbers.", TAKE_WEIGHTS)
def train_on_batch(model_class: ModelClass) -> Results:
    model = build_classifier(model_class)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 3.0} if can("sample_weight") else None
    logs = [
        model.train_on_batch(X, LABELS),
        model.train_on_batch(X, LABELS, class_weight=weights, return_dict=True),
        model.predict_on_batch(X),
    ]
    return {"logs": logs, **get_state(model)}


@case("test_on_batch() fails, or returns other numbers.", WRITE_TEST_STEP, "evaluation")
def test_on_batch(model_class: ModelClass) -> Results:
    model = build_classifier(model_class)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = WEIGHTS if can("sample_weight") else None
    logs = [
        model.train_on_batch(X, LABELS),
        model.test_on_batch(X, LABELS, sample_weight=weights),
        model.test_on_batch(X, LABELS, return_dict=True),
    ]
    return {"logs": logs, **get_state(model)}
