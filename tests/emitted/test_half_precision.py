"""In half precision, too, a step is its reference's.

References know nothing of loss scales, so there are none here; that steps scale their
losses is compared with Keras's, in `test_off_and_on.py`.
"""

import functools
import importlib
from types import SimpleNamespace

import keras
import pytest
from emitted_tests import find_differences
from trainstep import combinations
from trainstep.check.combination import name_combination
from trainstep.emitted import use_project

TASK = "binary_classification"  # Its losses are near 1, where ROUNDING counts.
ROUNDING = 2**-10  # The distance of 1 from the next number in half precision.


def list_pairs():
    """Takes each algorithm with each kind of gradients, some of them fused."""
    pairs = {}
    for options in combinations():
        gradients, task = options.get("gradients"), options.get("task", "none")
        fused = gradients in ("clip", "accumulate", "sam")
        if options.get("fused_steps") == fused and task in ("none", TASK):
            pairs.setdefault((options["algorithm"], gradients), options)
    # Private gradients refuse half precision.
    return [options for pair, options in pairs.items() if "private" not in pair]


def get_unscaled(optimizer, _):
    return keras.optimizers.get(optimizer)


@pytest.mark.usefixtures("half_precision")
@pytest.mark.parametrize("options", list_pairs(), ids=name_combination)
def test_half_precision_equals_reference(options, monkeypatch, tally):
    with use_project(options):
        names = "my_model.model", "reference"
        model, reference = map(importlib.import_module, names)
        if hasattr(model, "get_optimizer"):  # Two networks have an optimizer each.
            monkeypatch.setattr(model, "get_optimizer", get_unscaled)
        else:
            compile_model = keras.Model.compile
            unscaled = functools.partialmethod(compile_model, auto_scale_loss=False)
            monkeypatch.setattr(keras.Model, "compile", unscaled)
        emitted = SimpleNamespace(reference=reference)
        assert find_differences(emitted, tolerance=ROUNDING) == []
    tally("models in half precision compared with their references")
