"""Physics-informed networks: derivatives, the equation and the known values."""

import importlib

import keras
import numpy as np
import pytest
from emitted_tests import (
    COVERING,
    find_differences,
    import_modules,
    list_options,
    measure_off_and_on,
)
from knobs import tally_off_and_on
from trainstep.emitted import use_project


@pytest.mark.parametrize("options", COVERING, ids=str)
def test_equals_keras(options):
    emitted = import_modules(algorithm="physics_informed", **options)
    assert find_differences(emitted, emitted.reference.DATA) == []


@pytest.mark.usefixtures("half_precision")
def test_half_precision_equals_keras():
    assert find_differences(import_modules(algorithm="physics_informed")) == []


@pytest.mark.parametrize("options", list_options("physics_informed"), ids=str)
def test_off_equals_regression_and_on_differs(options, monkeypatch, tally):
    emitted = import_modules(**options)
    if options["gradients"] == "accumulate":  # Regression takes batches as a whole.
        monkeypatch.setattr(emitted.model.CustomModel, "micro_batches", 1)
    fit_plain = emitted.reference.fit_regression
    off, on = measure_off_and_on(emitted, "residual_weight", fit_plain, monkeypatch)
    assert off <= 1e-6 and on > 1e-3
    tally_off_and_on(tally, "physics_informed", off=off, on=on)


def test_derivatives_equal_differences():
    model = import_modules(algorithm="physics_informed").network.build_model()
    times, step = np.linspace(0.0, 6.0, 50)[:, None], 1e-3
    before, now, after = (run(model, times + by) for by in (-step, 0.0, step))
    y = model.predict(times, verbose=0)
    velocity, acceleration = after - before, after - 2 * now + before
    np.testing.assert_allclose(y["velocity"], velocity / (2 * step), atol=1e-5)
    np.testing.assert_allclose(y["acceleration"], acceleration / step**2, atol=1e-5)


def run(model, times):
    """Runs the network in float64: layers of tanh, then one of sums."""
    hidden = times / 3 - 1
    weights = [weight.astype("float64") for weight in model.network.get_weights()]
    *layers, last = zip(weights[::2], weights[1::2], strict=True)
    for kernel, bias in layers:
        hidden = np.tanh(hidden @ kernel + bias)
    return hidden @ last[0] + last[1]


class Exact(keras.layers.Layer):
    """The exact solution of the emitted example."""

    def call(self, times):
        decay, frequency = 0.2, np.sqrt(4.0 - 0.2**2)
        waves = keras.ops.cos(frequency * times)
        waves += decay / frequency * keras.ops.sin(frequency * times)
        return keras.ops.exp(-decay * times) * waves


def test_exact_solution_has_no_loss():
    emitted = import_modules(algorithm="physics_informed")
    model = emitted.model.CustomModel(keras.Sequential([keras.Input((1,)), Exact()]))
    model.compile("adam")
    with use_project({"algorithm": "physics_informed"}):
        _, validation = importlib.import_module("my_model.data").load_data()
    logs = model.evaluate(*validation, verbose=0, return_dict=True)
    assert max(logs.values()) < 1e-9
