"""Off, an algorithm is Keras's own training; on, it is not."""

import pytest
from knobs import (
    CLIPNORM,
    emit,
    find_largest_difference,
    find_plain,
    fit,
    fit_keras,
    tally_off_and_on,
)
from trainstep import combinations, render_file
from trainstep.check.combination import name_combination

OFF = {
    "distillation": {"distillation_weight": 0.0},
    "adversarial": {"epsilon": 0.0},
    "mixup": {"alpha": 0.0},
    "mean_teacher": {"consistency_weight": 0.0},
    "sam": {"rho": 0.0},
    "private": {"l2_norm_clip": 1e9, "noise_multiplier": 0.0},
}
"""What turns a choice off, the only one of a combination that can be."""


def find_choice(options):
    """Returns the choice of a combination that can be off, if it has one."""
    chosen = {options["algorithm"], options.get("gradients")} & OFF.keys()
    return next(iter(chosen), None)


def list_distinct():
    """Keeps one of the combinations whose classes are the same text.

    It stands for all of them, as all classes train the same network here. So do those
    that differ in `model_api`, which changes the base class and how layers are built.
    """
    distinct = {}
    for options in combinations():
        if find_choice(options) and options["model_api"] == "functional":
            distinct.setdefault(render_file(options, "model.py"), options)
    return list(distinct.values())


def list_first(*names):
    """Takes one class of each choice, and of each answer to the named questions."""
    first = {}
    for options in list_distinct():
        answers = [options[name] for name in names]
        first.setdefault((find_choice(options), *answers), options)
    return list(first.values())


def list_in_half_precision():
    """Takes one class of each choice whose steps may scale the loss."""
    return [o for o in list_first() if find_choice(o) != "private"]


def make_parameters():
    cases = [(options, "float32") for options in list_distinct()]
    cases += [(options, "mixed_float16") for options in list_in_half_precision()]
    for options, policy in cases:
        # One process compares all that have the same plain training.
        plain = pytest.mark.xdist_group(f"off-{name_combination(find_plain(options))}")
        name = f"{name_combination(options)}-{policy}"
        yield pytest.param(options, policy, id=name, marks=plain)


WITH_SEVERAL_BATCHES = list_first("gradients", "fused_steps")
CASES = pytest.mark.parametrize(("options", "policy"), list(make_parameters()))


def make_class(options, **settings):
    """Emits the class; micro-batches of their own would change batch normalization."""
    if options["gradients"] == "accumulate":
        settings["micro_batches"] = 1
    if options["gradients"] == "clip":
        settings["global_clipnorm"] = CLIPNORM
    return emit(options, **settings)


def needs_several(options, policy):
    """Returns whether one batch, a partial one, is too little; it compiles once.

    Fused steps need whole ones, too, and steps that scale the loss need more batches,
    as they leave out the first ones.
    """
    return options["fused_steps"] or policy != "float32"


def compare(options, policy):
    """Finds the largest differences from Keras, of the weights and of the logs."""
    model_class = make_class(options, **OFF[find_choice(options)])
    several = needs_several(options, policy) or options in WITH_SEVERAL_BATCHES
    *weights, logs = fit(model_class, options, policy, several=several)
    *keras_weights, keras_logs = fit_keras(options, policy, several)
    pairs = (weights, keras_weights), ([logs], [keras_logs])
    return [find_largest_difference(*pair) for pair in pairs]


@CASES
def test_off_equals_keras(options, policy, users_process, tally):
    rounds = options["fused_steps"] or options["gradients"] in ("accumulate", "private")
    if rounds:
        of_weights, of_logs = compare(options, policy)
    else:  # Bits depend on how XLA compiles.
        of_weights, of_logs = users_process.submit(compare, options, policy).result()
    assert of_weights <= (1e-6 if rounds else 0.0)
    # The mask of rows without labels makes XLA add up what is logged in another order.
    rounds = rounds or options["algorithm"] == "mean_teacher"
    assert of_logs <= (1e-6 if rounds else 0.0)
    tally_off_and_on(tally, find_choice(options), off=max(of_weights, of_logs))


@CASES
def test_on_differs(options, policy, tally):
    choice, several = find_choice(options), needs_several(options, policy)
    teacher = choice == "distillation"
    *weights, _ = fit(make_class(options), options, policy, teacher, several)
    *keras_weights, _ = fit_keras(options, policy, several)
    difference = find_largest_difference(weights, keras_weights)
    assert difference > 1e-4
    tally_off_and_on(tally, choice, on=difference)
