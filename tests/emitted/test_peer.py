"""Keras's own trainer tests pass with emitted steps in place of the built-in ones."""

import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "helpers" / "peer_tests.py"
COVERING = [
    {"custom_steps": "train_and_test"},
    {"gradients": "clip", "fused_steps": "true"},
]
VARIANTS = [
    *COVERING,
    {"custom_steps": "test"},
    {"custom_steps": "train", "sample_weight": "false"},
    {"fused_steps": "true"},
    {"gradients": "clip"},
    {"gradients": "accumulate"},
    {"gradients": "accumulate", "fused_steps": "true"},
]
WEIGHTED = {
    # These pass sample or class weights to models that were emitted to refuse them.
    "TestTrainer.test_fit_with_data_adapter_py_dataset_cw",
    "TestTrainer.test_fit_with_data_adapter_py_dataset_infinite_cw",
    "TestTrainer.test_fit_with_data_adapter_py_dataset_multithreading_cw",
    "TestTrainer.test_metric_tracking",
    "TestTrainer.test_on_batch_methods_eager",
    "TestTrainer.test_on_batch_methods_graph_fn",
    "TestTrainer.test_on_batch_methods_jit",
}


def name_variant(options):
    return ",".join(f"{name}={choice}" for name, choice in options.items())


def run_tests(folder, options):
    """Runs Keras's tests; returns those that passed and the messages of the others."""
    path = folder / "outcomes.json"
    arguments = [f"{name}={choice}" for name, choice in options.items()]
    subprocess.run([sys.executable, SCRIPT, path, *arguments], check=True)
    outcomes = json.loads(path.read_text())
    passed = {name for name, message in outcomes.items() if message is None}
    return passed, outcomes


def make_parameter(options):
    marks = () if options in COVERING else pytest.mark.full
    return pytest.param(options, id=name_variant(options), marks=marks)


@functools.cache
def run_built_in(folder):
    return run_tests(folder, {})[0]


@pytest.mark.xdist_group("peer")
@pytest.mark.parametrize("options", list(map(make_parameter, VARIANTS)))
def test_passes_what_built_in_trainer_passes(
    options, tmp_path, tmp_path_factory, tally
):
    expected = run_built_in(tmp_path_factory.getbasetemp())
    passed, outcomes = run_tests(tmp_path, options)
    missing = expected - passed
    if "sample_weight" in options:
        assert all("without sample weights" in outcomes[name] for name in WEIGHTED)
        missing -= WEIGHTED
    assert len(expected) > 100
    assert not missing
    tally(
        f"Keras's trainer tests passed, {name_variant(options)}", len(passed & expected)
    )
    tally("Keras's trainer tests passed, built in", len(expected), figure="mean")
