"""What makes a step a pure function, whatever loss it computes.

These cases return facts, which are the same for `keras.Model`.
"""

import contextlib
import gc
from typing import Any

import jax
import keras
import numpy as np
from keras import layers

from trainstep.audit.cases.advice import RETURN_STATE
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import (
    X,
    Y,
    build,
    compile_network,
    compile_own,
    fit_rows,
)

ROUNDING = 1e-5
"""How far the sums of two devices may be from those of one."""


@case("The state comes back in another order or form.", RETURN_STATE, for_any_loss=True)
def state_order(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    fit_rows(model)
    names = ("trainable", "non_trainable", "optimizer", "metrics")
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    state = jax.tree.map(lambda variable: variable.value, groups)
    _, returned = jax.eval_shape(model.train_step, state, (X[:8], Y[:8]))
    return {
        f"the {name} variables keep their shapes and dtypes": get_forms(new)
        == get_forms(old)
        for name, old, new in zip(names, state, returned, strict=True)
    }


def get_forms(arrays: Any) -> list[tuple[Any, str]]:
    """Returns the shapes and dtypes of a list of arrays."""
    return [(array.shape, str(array.dtype)) for array in arrays]


@case(
    "The step is compiled again in later batches, which takes most of the time.",
    RETURN_STATE,
    for_any_loss=True,
)
def no_retracing(model_class: ModelClass) -> Results:
    model = build(model_class)
    step, traces = model.train_step, []

    def count(state: Any, data: Any) -> Any:
        traces.append(1)
        return step(state, data)

    model.train_step = count
    fit_rows(compile_own(model_class, model, "adam"), epochs=2)
    return {"how often the step is traced": len(traces)}


@case(
    "A tracer is kept beyond the step: whatever reads it fails with "
    "UnexpectedTracerError, and memory fills.",
    RETURN_STATE,
    for_any_loss=True,
)
def no_leaked_tracer(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    before = count_tracers()
    fit_rows(model)
    return {"tracers that are left": count_tracers() - before}


def count_tracers() -> int:
    """Counts the tracers that something still refers to."""
    gc.collect()
    types = map(type, gc.get_objects())
    return sum(issubclass(kind, jax.core.Tracer) for kind in types)


@case(
    "Fitting for the second time, or evaluating in between, fails: 'Array has been "
    "deleted', as a step used values from before it.",
    RETURN_STATE,
    for_any_loss=True,
)
def second_fit(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    logs = [fit_rows(model), fit_rows(model, batch_size=16)]
    return {"it trains": all(map(bool, logs))}


@case(
    "Two devices give other numbers than one.",
    RETURN_STATE,
    "distribution",
    for_any_loss=True,
)
def devices_agree(model_class: ModelClass) -> Results:
    distribution = keras.distribution.DataParallel()
    weights = []
    for scope in (distribution.scope(), contextlib.nullcontext()):
        keras.utils.set_random_seed(0)
        with scope:
            model = build(model_class, layers.Dense(8, "tanh"))
            fit_rows(compile_own(model_class, model, "sgd"))
            weights.append(model.get_weights())
    two, one = weights
    pairs = zip(two, one, strict=True)
    return {"agree": all(np.allclose(a, b, ROUNDING, ROUNDING) for a, b in pairs)}
