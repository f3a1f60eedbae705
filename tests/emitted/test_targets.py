"""With its knob at zero, an algorithm with targets is Keras's own training."""

import pytest
from knobs import CLIPNORM, emit, find_largest_difference, fit, fit_keras
from trainstep import combinations, render_file
from trainstep.check.combination import name_combination

KNOBS = {
    "distillation": "distillation_weight",
    "adversarial": "epsilon",
    "mixup": "alpha",
    "mean_teacher": "consistency_weight",
}


def list_distinct():
    """Keeps one of the combinations whose classes are the same text."""
    distinct = {}
    for options in combinations():
        if options["algorithm"] in KNOBS and options["model_api"] == "functional":
            distinct.setdefault(render_file(options, "model.py"), options)
    return list(distinct.values())


DISTINCT = list_distinct()
PLAIN = {"gradients": "plain", "fused_steps": False, "sample_weight": True}
LIVE = [options for options in DISTINCT if options.items() >= PLAIN.items()]


def make_class(options, **settings):
    """Emits the class; micro-batches of their own would change batch normalization."""
    if options["gradients"] == "accumulate":
        settings["micro_batches"] = 1
    if options["gradients"] == "clip":
        settings["global_clipnorm"] = CLIPNORM
    return emit(options, **settings)


def compare(options):
    """Finds the largest differences from Keras, of the weights and of the losses."""
    model_class = make_class(options, **{KNOBS[options["algorithm"]]: 0.0})
    *weights, losses = fit(model_class, options)
    *keras_weights, keras_losses = fit_keras(options)
    pairs = (weights, keras_weights), ([losses], [keras_losses])
    return [find_largest_difference(*pair) for pair in pairs]


@pytest.mark.parametrize("options", DISTINCT, ids=name_combination)
def test_off_equals_keras(options, users_process, tally):
    rounds = options["fused_steps"] or options["gradients"] == "accumulate"
    if rounds:
        of_weights, of_losses = compare(options)
    else:  # Bits depend on how XLA compiles.
        of_weights, of_losses = users_process.submit(compare, options).result()
    assert of_weights <= (1e-6 if rounds else 0.0)
    # The mask of rows without labels makes XLA add up the logged loss in another order.
    rounds = rounds or options["algorithm"] == "mean_teacher"
    assert of_losses <= (1e-6 if rounds else 0.0)
    tally("algorithms that equal Keras when they are off")


def make_parameters():
    for options in LIVE:
        yield pytest.param(options, "float32", id=name_combination(options))
        if options["task"] == "regression":
            name = f"{name_combination(options)}-half_precision"
            yield pytest.param(options, "mixed_float16", id=name)


@pytest.mark.parametrize(("options", "policy"), list(make_parameters()))
def test_on_differs(options, policy):
    teacher = options["algorithm"] == "distillation"
    results = fit(make_class(options), options, policy, teacher)
    assert find_largest_difference(results, fit_keras(options, policy)) > 1e-4
