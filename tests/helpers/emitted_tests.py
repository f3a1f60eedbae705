"""What an emitted project brings along to prove itself, imported for other tests."""

import importlib
from types import SimpleNamespace

import keras
import numpy as np
from knobs import find_largest_difference
from trainstep import combinations
from trainstep.audit.cases import shared
from trainstep.emitted import use_project
from trainstep.verify import take_whole_batches

COVERING = [
    {"gradients": "plain"},
    {"gradients": "clip", "fused_steps": True},
    {"gradients": "accumulate", "fused_steps": True},
]
"""Options with each way to take gradients, alone and fused."""


def list_options(algorithm):
    """Lists all combinations of an algorithm."""
    return [o for o in combinations() if o["algorithm"] == algorithm]


def import_modules(**options):
    """Imports the modules of an emitted project that say what is right.

    Returns:
        A namespace with the modules `model`, `network`, `reference` and `test_model`.
    """
    with use_project(options):
        names = "test_model", "reference", "my_model.model", "my_model.network"
        modules = {name.split(".")[-1]: importlib.import_module(name) for name in names}
    return SimpleNamespace(**modules)


def find_differences(emitted, data=None, **tolerance):
    """Lists how a fit, by default to whole batches, differs from its reference."""
    data = data or take_whole_batches(emitted.reference.DATA)
    _, results = emitted.reference.fit(emitted.reference.build_model, data)
    expected = emitted.reference.expected(data)
    return list(emitted.reference.find_differences(results, expected, **tolerance))


def measure_effect(emitted, monkeypatch, setting, value):
    """Returns how far a setting's other value moves the weights of a fit."""
    fit, build = emitted.reference.fit, emitted.reference.build_model
    data = take_whole_batches(emitted.reference.DATA)
    _, before = fit(build, data)
    monkeypatch.setattr(emitted.model.CustomModel, setting, value)
    _, after = fit(build, data)
    pairs = zip(before["weights"], after["weights"], strict=True)
    return max(np.abs(np.subtract(*pair)).max() for pair in pairs)


def measure_off_and_on(emitted, knob, fit_plain, monkeypatch):
    """Fits with a knob at zero, and as it is.

    Returns:
        The largest difference from plain training, off, relative where numbers are
        large, as `np.allclose` has it; and that of the weights, on.
    """
    reference = emitted.reference
    _, on = reference.fit(reference.build_model, reference.DATA)
    monkeypatch.setattr(emitted.model.CustomModel, knob, 0.0)
    _, off = reference.fit(reference.build_model, reference.DATA)
    plain = fit_plain(reference.DATA)
    difference = max(
        np.max(np.abs(np.subtract(a, b)) / (1 + np.abs(b)))
        for name in plain
        for a, b in zip(off[name], plain[name], strict=True)
    )
    return difference, find_largest_difference(on["weights"], plain["weights"])


def assert_scaled(build, names, images):
    """Asserts that half precision scales both losses, and trains as single does.

    Args:
        build: Returns a compiled model of two networks.
        names: The attributes that are the networks.
        images: What it trains on.
    """
    expected = descend(build(), names, images)
    with shared.dtype_policy("mixed_float16"):
        model = build()
    moves = descend(model, names, images)
    scales = [float(inner.scale_loss(1.0)) for inner in model.optimizer.optimizers]
    assert min(scales) > 1
    for move, right in zip(moves, expected, strict=True):
        np.testing.assert_allclose(move, right, rtol=0, atol=np.abs(right).max() / 10)


def descend(model, names, images):
    """Fits by plain descent, whose steps are as large as the gradients are scaled.

    Returns:
        How far each trainable weight of the networks moved.
    """
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    weights = [w for name in names for w in getattr(model, name).trainable_variables]
    before = [weight.numpy() for weight in weights]
    model.fit(images, batch_size=len(images) // 2, shuffle=False, verbose=0)
    pairs = zip(weights, before, strict=True)
    return [weight.numpy() - start for weight, start in pairs]
