"""Sample weights, class weights and the weight of a batch."""

import keras

from trainstep.audit.cases.advice import COUNT_ROWS, TAKE_WEIGHTS, USE_COMPUTE_METRICS
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import (
    CLASSES,
    LABELS,
    WEIGHTS,
    X,
    Y,
    build,
    build_classifier,
    train,
)


@case(
    "fit(sample_weight=...) fails, or the weights count in some numbers only.",
    TAKE_WEIGHTS,
    "sample_weight",
)
def sample_weight(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("adam", "mse", metrics=["mae"], weighted_metrics=["mape"])
    return train(model, sample_weight=WEIGHTS)


@case(
    "Validation on weighted data fails, or its numbers ignore the weights.",
    TAKE_WEIGHTS,
    "sample_weight",
    "evaluation",
)
def weighted_validation(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("adam", "mse", metrics=["mae"], weighted_metrics=["mape"])
    validation = (X[:20], Y[:20], WEIGHTS[:20])
    return train(model, sample_weight=WEIGHTS, validation_data=validation)


@case(
    "fit(class_weight=...) fails, or rare classes count as much as common ones.",
    TAKE_WEIGHTS,
    "sample_weight",
)
def class_weight(model_class: ModelClass) -> Results:
    model = build_classifier(model_class)
    model.compile(
        "adam", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"]
    )
    weights = dict(zip(range(CLASSES), (1.0, 3.0, 0.5), strict=True))
    return train(model, y=LABELS, class_weight=weights)


@case("A metric is missing from the logs, or is wrong.", USE_COMPUTE_METRICS)
def several_metrics(model_class: ModelClass) -> Results:
    model = build_classifier(model_class)
    top = keras.metrics.SparseTopKCategoricalAccuracy(k=2)
    model.compile(
        "rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy", top]
    )
    return train(model, y=LABELS)


@case(
    "The reported loss is wrong wherever the last batch is smaller than the others.",
    COUNT_ROWS,
)
def partial_last_batch(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"])
    return train(model, batch_size=32)
