"""What an emitted project brings along to prove itself, imported for other tests."""

import importlib
from types import SimpleNamespace

import numpy as np
from trainstep.emitted import use_project

COVERING = [
    {"gradients": "plain"},
    {"gradients": "clip", "fused_steps": True},
    {"gradients": "accumulate", "fused_steps": True},
]
"""Options with each way to take gradients, alone and fused."""


def import_modules(**options):
    """Imports the modules of an emitted project that say what is right.

    Returns:
        A namespace with the modules `model`, `network`, `reference` and `test_model`.
    """
    with use_project(options):
        names = "test_model", "reference", "my_model.model", "my_model.network"
        modules = {name.split(".")[-1]: importlib.import_module(name) for name in names}
    return SimpleNamespace(**modules)


def find_differences(emitted, **tolerance):
    """Lists how a fit to the emitted data differs from its reference."""
    _, results = emitted.reference.fit(
        emitted.reference.build_model, emitted.reference.DATA
    )
    expected = emitted.reference.expected(emitted.reference.DATA)
    return list(emitted.reference.find_differences(results, expected, **tolerance))


def measure_effect(emitted, monkeypatch, setting, value):
    """Returns how far a setting's other value moves the weights of a fit."""
    fit, build = emitted.reference.fit, emitted.reference.build_model
    _, before = fit(build, emitted.reference.DATA)
    monkeypatch.setattr(emitted.model.CustomModel, setting, value)
    _, after = fit(build, emitted.reference.DATA)
    pairs = zip(before["weights"], after["weights"], strict=True)
    return max(np.abs(np.subtract(*pair)).max() for pair in pairs)
