"""Any package name that is not refused makes a package that works."""

import importlib
import keyword
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import texts
from installs import list_requirements
from packaging.utils import canonicalize_name
from templates import git
from trainstep import OptionError
from trainstep.emitted import use_project
from trainstep.questions import resolve
from trainstep.render import render_files

NAMES = [
    "a",
    "x" * 32,
    "config",
    "data",
    "losses",
    "match",
    "model",
    "network",
    "train",
]


def is_refused(name):
    try:
        resolve({"package_name": name})
    except OptionError:
        return True


def list_distributions():
    """Names what is installed with the emitted project, tools included."""
    wanted = tomllib.loads(render_files({})["pyproject.toml"])["project"]
    tools = wanted["optional-dependencies"]["dev"]
    return list_requirements(*wanted["dependencies"], *tools)


def list_taken():
    """Names what the emitted project and its tests import or install."""
    found = list_distributions()
    modules = metadata.packages_distributions()
    for name, owners in modules.items():
        if found & set(map(canonicalize_name, owners)):
            yield name
    yield from (name.replace("-", "_") for name in found)
    yield from (Path(name).stem for name in render_files({}) if name[:6] == "tests/")
    yield from (*sys.stdlib_module_names, *keyword.kwlist, "test", "sitecustomize")


def test_package_takes_no_name_that_is_taken():
    taken = sorted(name for name in list_taken() if name.isidentifier())
    free = [name for name in taken if not is_refused(name)]
    assert len(taken) > 300 and free == []


@pytest.mark.parametrize("name", NAMES)
def test_package_of_any_name_can_be_fitted(name):
    with use_project({"package_name": name}):
        importlib.import_module("test_model").test_loss_falls()


def write(options, folder):
    for file, text in render_files(options).items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, "utf-8")
    return folder


def test_package_of_any_name_is_clean(tmp_path):
    for name in NAMES:
        write({"package_name": name}, tmp_path / name)
    for command in ("check", "format --check"):
        ruff = [sys.executable, "-m", "ruff", *command.split(), "--no-cache", "."]
        subprocess.run(ruff, cwd=tmp_path, check=True)


def test_package_of_any_name_is_tracked(tmp_path):
    for name in [*NAMES, "runs"]:
        write({"package_name": name}, tmp_path / name)
    git(tmp_path, "init", "--quiet")
    command = ["git", "status", "--short", "--ignored", "--untracked-files=all"]
    assert b"!!" not in subprocess.check_output(command, cwd=tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("name", NAMES)
def test_package_of_any_name_passes_its_tests(name, tmp_path):
    folder = write({**texts.HOSTILE, "package_name": name}, tmp_path / name)
    command = [sys.executable, "-m", "pytest", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": "src"}
    subprocess.run(command, cwd=folder, env=environment, check=True)
