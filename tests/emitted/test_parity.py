"""With compiled loss and metrics, `CustomModel` is `keras.Model`, bit for bit."""

import functools

import jax
import keras
import numpy as np
import pytest
from trainstep.audit.cases import CASES
from trainstep.emitted import import_model

VARIANTS = {
    "train_and_test": {},
    "train": {"custom_steps": "train"},
    "test": {"custom_steps": "test"},
    "fused": {"fused_steps": True},
}
ROUNDING = 1e-6  # XLA may order the sums of a scan in its own way.


def run_case(name, model_class):
    keras.utils.clear_session()  # Layers get the same names.
    keras.utils.set_random_seed(0)
    return CASES[name].run(model_class)


@functools.cache
def run_built_in(name):
    return run_case(name, keras.Model)


def flatten(results):
    leaves = jax.tree_util.tree_leaves_with_path(results)
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}


def is_exact(results, expected):
    """Returns whether all bits are equal; what is not a number equals itself."""
    pairs = [(results[key], expected[key]) for key in expected]
    return all(np.array_equal(*map(np.float64, pair), equal_nan=True) for pair in pairs)


def make_parameters():
    for name in CASES:
        for variant in VARIANTS:
            group = pytest.mark.xdist_group(f"parity-{name}")
            yield pytest.param(name, variant, id=f"{name}-{variant}", marks=group)


def compare(name, variant):
    """Compares a variant with the built-in trainer; returns whether it is exact."""
    custom_model = import_model(VARIANTS[variant]).CustomModel
    results = flatten(run_case(name, custom_model))
    expected = flatten(run_built_in(name))
    assert results.keys() == expected.keys()
    rounding = ROUNDING if variant == "fused" else 0.0
    for key, value in expected.items():
        np.testing.assert_allclose(
            results[key], value, rtol=rounding, atol=rounding, err_msg=key
        )
    return is_exact(results, expected)


@pytest.mark.parametrize(("name", "variant"), list(make_parameters()))
def test_equals_built_in_trainer(name, variant, users_process, tally):
    exact = users_process.submit(compare, name, variant).result()
    tally(f"parity cases held, {variant}, {'to the bit' if exact else 'to 1e-6'}")
