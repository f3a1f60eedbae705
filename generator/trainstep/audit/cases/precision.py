"""Mixed precision, and the scaling of losses that float16 needs."""

import keras
from keras import layers

from trainstep.audit.cases.advice import APPLY, SCALE_LOSS, USE_COMPUTE_LOSS
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import Y, build, dtype_policy, train


@case(
    "Under mixed_float16, small gradients vanish and training stalls, in silence.",
    SCALE_LOSS,
    "mixed_precision",
)
def mixed_float16(model_class: ModelClass) -> Results:
    with dtype_policy("mixed_float16"):
        model = build(model_class)
        model.compile("adam", "mse", metrics=["mae"])
        return train(model)


@case(
    "After an overflow in float16, the loss scale stays, or weights turn to NaN.",
    SCALE_LOSS,
    "mixed_precision",
)
def mixed_float16_overflow(model_class: ModelClass) -> Results:
    """The loss scale is halved, and no step is made, until gradients are finite."""
    with dtype_policy("mixed_float16"):
        model = build(model_class)
        optimizer = keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(), initial_scale=2.0**20, dynamic_growth_steps=3
        )
        model.compile(optimizer, "mse")
        return train(model, y=100 * Y)


@case(
    "An optimizer's loss_scale_factor shrinks the steps, as gradients are divided by a "
    "factor that the loss was never multiplied by.",
    SCALE_LOSS,
    "mixed_precision",
)
def loss_scale_factor(model_class: ModelClass) -> Results:
    model = build(model_class)
    model.compile(keras.optimizers.SGD(loss_scale_factor=64.0), "mse")
    return train(model)


@case(
    "Under mixed_bfloat16, inputs or losses are cast otherwise than by Keras.",
    USE_COMPUTE_LOSS,
    "mixed_precision",
)
def mixed_bfloat16(model_class: ModelClass) -> Results:
    with dtype_policy("mixed_bfloat16"):
        model = build(model_class)
        model.compile("adam", "mse", metrics=["mae"])
        return train(model)


@case(
    "The scales of float8 layers are trained like weights, instead of overwritten.",
    APPLY,
    "mixed_precision",
)
def float8(model_class: ModelClass) -> Results:
    hidden = layers.Dense(8), layers.Dense(8)
    model = build(model_class, *hidden)
    for layer in hidden:
        layer.quantize("float8")
    model.compile("adam", "mse")
    return train(model)
