"""An emitted project's own day: its commands run in a clean environment."""

import os
import re
import subprocess
import sys

import pytest
from trainstep import render_project
from trainstep.template import template_root

LOCK = os.environ["LOCK"]  # Empty where the newest versions are tested.

# Together, these take every choice that shapes code, and every level of training.
COVERING = [
    {"sample_weight": False, "gradients": "clip", "fused_steps": True},
    {
        "training": "distributed",
        "task": "binary_classification",
        "model_api": "sequential",
        "custom_steps": "train",
        "loss": "custom",
        "gradients": "accumulate",
    },
    {
        "training": "resumable",
        "task": "multiclass_classification",
        "model_api": "subclass",
        "custom_steps": "test",
        "metrics": "manual",
        "license": "none",
    },
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An empty home, one virtual environment, and the versions that are locked."""
    home = tmp_path_factory.mktemp("home")
    lock = LOCK and (template_root() / LOCK).read_text()
    pins = re.findall(r"^\w.*?==.*?(?= \\$)", lock, re.MULTILINE)
    (home / "constraints.txt").write_text("\n".join(pins))
    kept = {"PATH", "LANG"}
    kept |= {name for name in os.environ if name.startswith(("JAX_", "PIP_", "SSL_"))}
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(home),
        "PIP_CONSTRAINT": str(home / "constraints.txt"),
        "PYTHON": sys.executable,
        "VENV": str(home / "venv"),
    }


def make(project, environment, target, *arguments):
    """Runs a target; returns the last line that it prints."""
    settings = [f"{name}={environment[name]}" for name in ("PYTHON", "VENV")]
    result = subprocess.run(
        ["make", target, *settings, *arguments],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout.splitlines()[-1] if result.stdout else ""


def read_sources(project):
    return {path: path.read_bytes() for path in project.rglob("*.py")}


@pytest.mark.xdist_group("day")
@pytest.mark.parametrize("options", COVERING, ids=str)
def test_commands_run(options, tmp_path, environment, tally):
    project = tmp_path / "project"
    render_project(options, project)
    sources = read_sources(project)
    assert "passed" in make(project, environment, "test")
    make(project, environment, "lint")
    make(project, environment, "format")
    assert read_sources(project) == sources
    last_line = make(project, environment, "train", "ARGS=--epochs 2")
    (curves,) = project.glob("runs/*/curves.png")
    assert str(curves.parent.relative_to(project)) in last_line
    tally("emitted projects tested and trained by their own commands")
