"""Every combination equals its reference, by the check of `trainstep check`."""

import time

import keras
import pytest
from knobs import find_largest_difference
from trainstep import VerificationError, combinations
from trainstep.check.combination import name_combination
from trainstep.verify import find_expected, verify

ABOUT_STEPS = {"custom_steps", "gradients", "fused_steps"}
"""Options that change the steps alone."""

GRADIENTS = {"sam", "private"}
"""Choices of `gradients` that count as algorithms."""

DRAW = {"mixup", "private"}
"""Choices whose steps draw random numbers."""


def find_like(options):
    """Returns the options of the project whose reference is shared.

    However a network is built, it trains the same, except for what is random:
    subclasses draw the seed of their steps before those of their layers, not after.
    """
    draws = DRAW.intersection(options.values())
    if "model_api" not in options or (draws and options["model_api"] == "subclass"):
        return options
    return {**options, "model_api": "functional"}


def make_parameters():
    for options in combinations():
        shared = {n: v for n, v in options.items() if n not in ABOUT_STEPS}
        # One process fits all that may share a reference.
        name = name_combination({**shared, "model_api": "any"})
        group = pytest.mark.xdist_group(f"fit-{name}")
        yield pytest.param(options, id=name_combination(options), marks=group)


@pytest.mark.parametrize("options", list(make_parameters()))
def test_fits_and_equals_its_reference(options, pytestconfig, tally):
    like = options if pytestconfig.getoption("full") else find_like(options)
    start = time.perf_counter()
    results = verify(options, like)
    tally("models fitted and compared with their references")
    tally("seconds per model", time.perf_counter() - start, figure="mean")
    (choice,) = GRADIENTS & {options.get("gradients")} or {options["algorithm"]}
    tally(f"{choice}: combinations that equal their reference")
    pair = results["weights"], find_expected(like)["weights"]
    difference = find_largest_difference(*pair)
    tally(f"{choice}, reference: largest difference of weights", difference, "largest")


def list_built_otherwise():
    """Takes, of what shares a reference, one combination for each that is left out."""
    first = {}
    for options in combinations():
        if find_like(options) != options:
            gradients = GRADIENTS & {options.get("gradients")}
            key = options["algorithm"], options["model_api"], *gradients
            first.setdefault(key, options)
    return list(first.values())


@pytest.mark.parametrize("options", list_built_otherwise(), ids=name_combination)
def test_equals_the_reference_of_its_own_project(options):
    verify(options)


def test_model_that_does_not_survive_saving_fails(monkeypatch):
    def load_other_weights(path, load=keras.saving.load_model):
        model = load(path)
        model.set_weights([weight + 1 for weight in model.get_weights()])
        return model

    monkeypatch.setattr(keras.saving, "load_model", load_other_weights)
    with pytest.raises(VerificationError, match="evaluated loss differs"):
        verify({})
