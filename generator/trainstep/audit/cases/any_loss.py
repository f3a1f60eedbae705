"""What training must do whatever loss a class computes.

These cases return facts, which are the same for `keras.Model`.
"""

import tempfile
from pathlib import Path

import jax
import keras
import numpy as np

from trainstep.audit.cases.advice import (
    APPLY,
    PASS_TRAINING,
    RETURN_STATE,
    RETURN_UPDATES,
    USE_COMPUTE_METRICS,
)
from trainstep.audit.cases.case import ModelClass, Results, case
from trainstep.audit.cases.shared import X, Y, compile_network, fit_rows, get_state


@case(
    "Training logs no loss, or one that is not a number.",
    USE_COMPUTE_METRICS,
    for_any_loss=True,
)
def logs_present(model_class: ModelClass) -> Results:
    logs = fit_rows(compile_network(model_class), epochs=2)
    lengths = {len(values) for values in logs.values()}
    finite = all(np.isfinite(values).all() for values in logs.values())
    return {"each log has a number for each epoch": lengths == {2}, "finite": finite}


@case("Metrics go on from the epoch before.", USE_COMPUTE_METRICS, for_any_loss=True)
def metrics_reset(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    counts = []
    for _ in range(2):
        fit_rows(model)
        variables = [v for metric in model.metrics for v in metric.variables]
        counts.append([float(v) for v in variables if v.name == "count"])
    return {"the second epoch counts as many rows": counts[0] == counts[1]}


@case(
    "The optimizer's state, or a weight, is left out of training: Adam and its likes "
    "behave as in their first step.",
    APPLY,
    for_any_loss=True,
)
def state_complete(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    fit_rows(model)
    before = [variable.numpy() for variable in model.trainable_variables]
    fit_rows(model)
    pairs = zip(before, model.trainable_variables, strict=True)
    return {
        "steps that the optimizer counts": int(model.optimizer.iterations.numpy()),
        "every weight is trained": not any(np.array_equal(*pair) for pair in pairs),
    }


@case(
    "Dropout and other noise are off in training, or the same in each step.",
    PASS_TRAINING,
    for_any_loss=True,
)
def randomness_renewed(model_class: ModelClass) -> Results:
    model = compile_network(model_class, keras.optimizers.SGD(0.0))
    arguments = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    history = model.fit(X[:8], Y[:8], **arguments).history
    first, second = zip(*history.values(), strict=True)
    return {"the same batch has another loss the second time": first != second}


@case(
    "evaluate() changes the weights or the averages of batch normalization.",
    RETURN_UPDATES,
    "evaluation",
    for_any_loss=True,
)
def evaluation_keeps_weights(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    fit_rows(model)
    before = model.get_weights()
    model.evaluate(X, Y, verbose=0)
    pairs = zip(before, model.get_weights(), strict=True)
    return {"all weights stay": all(np.array_equal(*pair) for pair in pairs)}


@case(
    "A saved model comes back with other weights or another state of its optimizer.",
    RETURN_STATE,
    "saving",
    for_any_loss=True,
)
def saved_and_loaded(model_class: ModelClass) -> Results:
    model = compile_network(model_class)
    fit_rows(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        loaded = keras.saving.load_model(path, {type(model).__name__: type(model)})
    same = jax.tree.map(np.array_equal, get_state(model), get_state(loaded))
    return {"same": all(jax.tree.leaves(same)), "trains on": bool(fit_rows(loaded))}
