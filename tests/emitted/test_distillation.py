"""Distillation is Keras's own, where that is right, and Hinton's formula."""

import jax
import keras
import numpy as np
import pytest
from keras import layers
from trainstep.audit.cases import shared
from trainstep.audit.cases.shared import CLASSES, FEATURES, LABELS, X
from trainstep.emitted import import_model

MULTICLASS = {"algorithm": "distillation", "task": "multiclass_classification"}
BINARY = {"algorithm": "distillation", "task": "binary_classification"}


def make_teacher(activation):
    inputs = keras.Input((FEATURES,))
    initializer = keras.initializers.RandomNormal(seed=1)
    head = layers.Dense(CLASSES, activation, kernel_initializer=initializer)
    return keras.Model(inputs, head(inputs))


def fit(model):
    model.fit(X, LABELS, batch_size=16, epochs=2, shuffle=False, verbose=0)


def fit_student():
    keras.utils.set_random_seed(0)
    student = shared.build_classifier(import_model(MULTICLASS).CustomModel)
    student.teacher = make_teacher("softmax")
    student.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    fit(student)
    return student.get_weights()


def fit_distiller():
    keras.utils.set_random_seed(0)
    student = shared.build(keras.Model, outputs=CLASSES)
    divergence = keras.losses.KLDivergence()
    distance = keras.distillation.LogitsDistillation(temperature=3.0, loss=divergence)
    distiller = keras.distillation.Distiller(make_teacher(None), student, distance)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    distiller.compile("adam", loss)
    fit(distiller)
    return student.get_weights()


def test_equals_the_distiller_of_keras():
    for weights, expected in zip(fit_student(), fit_distiller(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-6)


def test_distance_of_one_probability_is_that_of_two_classes():
    model = shared.build(import_model(BINARY).CustomModel)
    model.temperature = 2.0
    logits = np.log([0.2 / 0.8, 0.7 / 0.3]) / 2
    t, s = 1 / (1 + np.exp(-logits))
    expected = 4 * (t * np.log(t / s) + (1 - t) * np.log((1 - t) / (1 - s)))
    rows = np.float32([[0.2]]), np.float32([[0.7]])
    np.testing.assert_allclose(model.compute_distance(*rows), expected, rtol=1e-5)


def test_certain_predictions_have_finite_gradients():
    model = shared.build_classifier(import_model(MULTICLASS).CustomModel)
    rows = np.eye(CLASSES, dtype="float32")
    gradients = jax.grad(lambda student: model.compute_distance(rows[::-1], student))
    assert np.isfinite(gradients(rows)).all()


def test_student_without_a_teacher_still_evaluates():
    student = shared.build_classifier(import_model(MULTICLASS).CustomModel)
    student.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    assert np.isfinite(student.evaluate(X, LABELS, verbose=0))


def test_student_goes_on_once_it_has_a_teacher():
    student = shared.build_classifier(import_model(MULTICLASS).CustomModel)
    student.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    with pytest.raises(ValueError, match=r"Set `model\.teacher`"):
        fit(student)
    assert np.isfinite(student.predict(X, verbose=0)).all()
    student.teacher = make_teacher("softmax")
    fit(student)
