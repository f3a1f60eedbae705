"""Bundles train as their projects do, where these cannot be imported."""

import base64
import csv
import importlib
import math
import re
import runpy
import subprocess
import sys

import nbformat
import pytest
from merged import make_edited, write
from nbclient import NotebookClient
from trainstep.bundle.notebook import write_notebook
from trainstep.bundle.project import emit_project, read_project
from trainstep.bundle.script import write_script
from trainstep.emitted import import_from, use_project
from trainstep.questions import step_questions

ALGORITHMS = next(q.choices for q in step_questions() if q.name == "algorithm")
OFTEN = {"supervised", "gan"}
"""The algorithms whose notebooks are run every time."""
ABSENT = ("my_model", "trainstep")


def train_project(folder):
    """Trains with the project that can be imported; returns its results."""
    importlib.import_module("my_model.train").main(list_flags(folder))
    return read_results(folder)


def train_script(text, folder):
    """Runs a script as a program; returns its results."""
    write(folder.with_suffix(".py"), text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["script.py", *list_flags(folder)])
        for name in ABSENT:
            patch.setitem(sys.modules, name, None)
        runpy.run_path(str(folder.with_suffix(".py")), run_name="__main__")
    return read_results(folder)


def list_flags(folder):
    return ["--epochs", "1", "--output-dir", str(folder)]


def read_results(folder):
    """Returns the logs as text, and the names of the pictures."""
    pictures = {path.name for path in folder.glob("*.png")}
    assert all((folder / name).stat().st_size > 2_000 for name in pictures)
    return (folder / "metrics.csv").read_text(), pictures


def run_notebook(text, folder):
    """Runs a notebook in a folder, for an epoch; returns the pictures it shows."""
    notebook = nbformat.reads(
        text.replace("parse_flags([])", r"parse_flags([\"--epochs\", \"1\"])"),
        as_version=4,
    )
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, resources=resources).execute()
    outputs = [data for cell in notebook.cells for data in cell.get("outputs", ())]
    shown = [o["data"] for o in outputs if o["output_type"] == "display_data"]
    return [base64.b64decode(data["image/png"]) for data in shown]


def hide_packages(folder, monkeypatch):
    """Keeps other processes from importing the project and trainstep."""
    for name in ABSENT:
        write(folder / f"{name}.py", "raise ImportError(__name__)\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def name_pictures(project):
    """Names the pictures that the training command draws."""
    return {*re.findall(r'"(\w+\.png)"', project.sources["my_model.train"])}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_script_trains_and_draws(algorithm, tmp_path, tally):
    project = emit_project({"algorithm": algorithm})
    logs, pictures = train_script(write_script(project), tmp_path / "script")
    (row,) = csv.DictReader(logs.splitlines())
    assert all(math.isfinite(float(value)) for value in row.values())
    assert any("loss" in name for name in row) and pictures == name_pictures(project)
    tally("bundled scripts run")


@pytest.mark.full
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_script_trains_as_its_project(algorithm, tmp_path):
    with use_project({"algorithm": algorithm}):
        results = train_project(tmp_path / "project")
    text = write_script(emit_project({"algorithm": algorithm}))
    assert train_script(text, tmp_path / "script") == results


@pytest.mark.parametrize(
    "algorithm",
    [
        pytest.param(name, marks=[pytest.mark.full] * (name not in OFTEN))
        for name in ALGORITHMS
    ],
)
def test_notebook_shows_its_pictures(algorithm, tmp_path, monkeypatch, tally):
    hide_packages(tmp_path, monkeypatch)
    project = emit_project({"algorithm": algorithm})
    shown = run_notebook(write_notebook(project), tmp_path)
    (folder,) = (tmp_path / "runs").iterdir()
    names = sorted(name_pictures(project))
    assert shown == [(folder / name).read_bytes() for name in names]
    assert (folder / "model.keras").exists()
    tally("bundled notebooks run")


def test_edited_project_trains_as_it_is(tmp_path):
    folder = make_edited(tmp_path / "edited", {"loss": "custom"})
    with import_from(folder):
        logs, pictures = train_project(tmp_path / "project")
    script = train_script(write_script(read_project(folder)), tmp_path / "script")
    assert script == (logs, pictures)
    unedited = write_script(emit_project({"loss": "custom"}))
    assert train_script(unedited, tmp_path / "unedited") != script


@pytest.mark.parametrize(
    ("flag", "status", "line"),
    [
        ("--help", 0, "usage: script.py [-h]"),
        ("--epochs=0", 2, "error: --epochs must be greater than 0"),
        ("--epoch=1", 2, "error: unrecognized arguments: --epoch=1"),
    ],
)
def test_script_has_the_flags_of_the_project(flag, status, line, tmp_path, capsys):
    text = write_script(emit_project({})).replace("    main()", f"    main(['{flag}'])")
    with pytest.raises(SystemExit, match=str(status)):
        train_script(text, tmp_path / "script")
    assert "".join(capsys.readouterr()).startswith(line)


def test_script_is_a_program(tmp_path, monkeypatch):
    hide_packages(tmp_path, monkeypatch)
    monkeypatch.delenv("KERAS_BACKEND")
    write(tmp_path / "script.py", write_script(emit_project({})))
    command = [sys.executable, "script.py", "--epochs", "1"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Saved in runs" in result.stdout and [*tmp_path.glob("runs/*/curves.png")]
