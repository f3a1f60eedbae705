"""Emitted projects pass the tests of their models, on the Keras that is installed."""

import os
import subprocess
import sys

import pytest
from trainstep import render_project
from trainstep.questions import questions

(ALGORITHM,) = (question for question in questions() if question.name == "algorithm")
COVERING = [
    {"model_api": "sequential", "gradients": "clip", "fused_steps": True},
    {"model_api": "sequential", "task": "multiclass_classification"},
    {"model_api": "subclass", "gradients": "accumulate", "metrics": "manual"},
    {"model_api": "subclass", "custom_steps": "train", "fused_steps": True},
    {"custom_steps": "test", "sample_weight": False, "loss": "custom"},
    {"fused_steps": True, "sample_weight": False, "task": "binary_classification"},
    {"gradients": "sam", "fused_steps": True},
    {"algorithm": "mean_teacher", "model_api": "subclass", "fused_steps": True},
    {"algorithm": "distillation", "model_api": "subclass"},
    {"gradients": "private", "model_api": "sequential", "fused_steps": True},
    *({"algorithm": choice} for choice in ALGORITHM.choices),
    *({"algorithm": choice, "fused_steps": True} for choice in ALGORITHM.choices),
]


@pytest.mark.full
@pytest.mark.parametrize("options", COVERING, ids=str)
def test_own_tests_pass(options, tmp_path, tally):
    render_project(options, tmp_path / "project")
    command = [sys.executable, "-m", "pytest", "--quiet", "tests/test_model.py"]
    result = subprocess.run(
        command,
        cwd=tmp_path / "project",
        env=os.environ | {"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    tally("emitted projects whose tests pass")
