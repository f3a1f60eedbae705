"""What optimizers do besides a plain step."""

import keras
from keras import layers

from trainstep.audit.cases.advice import APPLY
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import build, train


@case(
    "The average of the weights, which an optimizer keeps with use_ema, stands still.",
    APPLY,
)
def exponential_moving_average(model_class: ModelClass) -> Results:
    model = build(model_class)
    optimizer = keras.optimizers.SGD(
        use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3
    )
    model.compile(optimizer, "mse")
    return train(model)


@case("gradient_accumulation_steps has no effect, or loses gradients.", APPLY)
def optimizer_accumulation(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile(keras.optimizers.Adam(gradient_accumulation_steps=2), "mse")
    return train(model)


@case("clipnorm, global_clipnorm or clipvalue has no effect.", APPLY)
def optimizer_clipping(model_class: ModelClass) -> Results:
    results = []
    for clipping in ("clipnorm", "global_clipnorm", "clipvalue"):
        model = build(model_class)
        model.compile(keras.optimizers.SGD(**{clipping: 0.1}), "mse")
        results.append(train(model, epochs=1))
    return results


@case("A schedule of the learning rate stands still, or weight decay is lost.", APPLY)
def schedule_and_weight_decay(model_class: ModelClass) -> Results:
    model = build(model_class)
    schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=10)
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.1), "mse")
    return train(model)


@case("Constraints on weights, such as non_neg, are not kept.", APPLY)
def constraints(model_class: ModelClass) -> Results:
    model = build(model_class, layers.Dense(8, kernel_constraint="non_neg"))
    model.compile("sgd", "mse")
    return train(model)
