"""Rows without labels count in the distance only, and averages are Keras's."""

import keras
import numpy as np
import pytest
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import LABELS, WEIGHTS, X, Y
from trainstep.emitted import import_model

HIDDEN = np.arange(len(X)) % 3 == 0
REGRESSION = {"algorithm": "mean_teacher", "task": "regression"}
MULTICLASS = {"algorithm": "mean_teacher", "task": "multiclass_classification"}


def build(model_class, loss="mse", optimizer="sgd", **settings):
    keras.utils.set_random_seed(0)
    make = shared.build if loss == "mse" else shared.build_classifier
    model = make(model_class)
    for name, value in settings.items():
        setattr(model, name, value)
    model.compile(optimizer, loss, weighted_metrics=["mae" if loss == "mse" else "acc"])
    return model


def fit(model, y, sample_weight=None, **arguments):
    arguments = {"batch_size": 16, "shuffle": False, "verbose": 0} | arguments
    history = model.fit(X, y, sample_weight=sample_weight, **arguments).history
    weights = [v.numpy() for layer in model.layers for v in layer.weights]
    return [*weights, history["loss"], history.get("mae", history.get("acc"))]


@pytest.mark.parametrize(
    ("options", "loss", "y", "mark"),
    [
        (REGRESSION, "mse", Y, np.nan),
        (MULTICLASS, "sparse_categorical_crossentropy", LABELS, -1),
    ],
    ids=["regression", "classes"],
)
def test_rows_without_labels_weigh_nothing(options, loss, y, mark):
    hidden = y.copy()
    hidden[HIDDEN] = mark
    model_class = import_model(options).CustomModel
    results = fit(build(model_class, loss, consistency_weight=0.0), hidden, WEIGHTS)
    expected = fit(build(keras.Model, loss), y, np.where(HIDDEN, 0, WEIGHTS))
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value, rtol=1e-6, atol=1e-7)


def test_averages_are_those_of_an_optimizer():
    model = build(import_model(REGRESSION).CustomModel, momentum=0.9)
    model.consistency_weight = 0.0
    fit(model, Y, epochs=2)
    reference = build(keras.Model)
    start = reference.get_weights()
    reference.train_on_batch(X[:16], Y[:16])
    optimizer = keras.optimizers.SGD(0.01, use_ema=True, ema_momentum=0.9)
    averaged = build(keras.Model, optimizer=optimizer)
    fit(averaged, Y, epochs=2)  # Six steps; Keras's averages start after the first.
    steps = zip(start, reference.get_weights(), averaged.get_weights(), strict=True)
    for average, (before, after, value) in zip(model.teacher, steps, strict=True):
        expected = value + 0.9**6 * (before - after)
        np.testing.assert_allclose(average.numpy(), expected, rtol=1e-5, atol=1e-7)


def test_teacher_predicts_with_the_averages():
    model = build(import_model(REGRESSION).CustomModel, momentum=0.9)
    fit(model, Y)
    before = model(X)
    predicted = model.predict_teacher(X)
    assert np.max(np.abs(predicted - before)) > 1e-4
    for average, variable in zip(model.teacher, model.trainable_variables, strict=True):
        variable.assign(average)
    np.testing.assert_allclose(predicted, model(X), rtol=1e-6)


def test_averages_are_saved(tmp_path):
    model = build(import_model(REGRESSION).CustomModel)
    fit(model, Y)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for average, value in zip(loaded.teacher, model.teacher, strict=True):
        assert (average.numpy() == value.numpy()).all()
