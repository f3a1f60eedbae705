"""Ways to run a step: fused, eagerly, without JAX's compiler, on several devices."""

import keras
from keras import layers

from trainstep.audit.cases.advice import RETURN_STATE, WRITE_TEST_STEP
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import WEIGHTS, X, Y, build, can, train


@case(
    "evaluate() fails, leaves out logs or returns other numbers.",
    WRITE_TEST_STEP,
    "evaluation",
)
def evaluation(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"])
    return model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)


@case("steps_per_execution fails, or loses or repeats batches.", RETURN_STATE)
def steps_per_execution(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"], steps_per_execution=3)
    return train(model, validation_data=(X, Y) if can("evaluation") else None)


@case("run_eagerly=True, for debugging, fails.", RETURN_STATE, "without_jit")
def run_eagerly(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)
    weights = WEIGHTS if can("sample_weight") else None
    return train(model, sample_weight=weights, epochs=1)


@case("jit_compile=False fails.", RETURN_STATE, "without_jit")
def without_jit(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile("sgd", "mse", metrics=["mae"], jit_compile=False)
    return train(model, epochs=1)


@case(
    "Training on two devices fails, or gives other numbers.",
    RETURN_STATE,
    "distribution",
)
def data_parallel(model_class: ModelClass) -> Results:
    devices = keras.distribution.list_devices()
    distribution = keras.distribution.DataParallel(devices=devices)
    with distribution.scope():
        model = build(model_class, layers.Dense(8), layers.BatchNormalization())
        model.compile("adam", "mse", metrics=["mae"])
        weights = WEIGHTS if can("sample_weight") else None
        return train(model, sample_weight=weights)
