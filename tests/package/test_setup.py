"""An old Python takes one line, and what the Makefile installs works together."""

import os
import subprocess
import sys

import pytest
from trainstep import render_file
from trainstep.template import template_root

NEW = """#!/bin/sh
echo "new $@" >> log
"""
OLD = """#!/bin/sh
echo "old $@" >> log
[ "$1" = -c ] && exec {python} -c "import sys; sys.version_info = (3, 10); $2"
exit 0
"""
LINE = "is not Python 3.11 or newer: name one, as in `make PYTHON=python3.12`.  Stop."
MAKEFILES = {
    "emitted": render_file({}, "Makefile"),
    "the repository's": (template_root() / "Makefile").read_text(),
}


def write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(python=sys.executable))
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path):
    """A folder with an old Python and a new one, which log what they are told."""
    write_script(tmp_path / "old", OLD)
    write_script(tmp_path / "new", NEW)
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).touch()
    return tmp_path


def make(folder, makefile, python):
    (folder / "Makefile").write_text(MAKEFILES[makefile])
    command = ["make", ".venv/.ready", f"PYTHON=./{python}"]
    # What the outer `make` passes on would add lines about folders.
    environment = {n: v for n, v in os.environ.items() if not n.startswith("MAKE")}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True
    )
    return result.stdout + result.stderr


@pytest.mark.parametrize("python", ["old", "missing"])
@pytest.mark.parametrize("makefile", MAKEFILES)
def test_old_python_takes_one_line(makefile, python, folder):
    [line] = make(folder, makefile, python).splitlines()
    assert line.endswith(f"./{python} {LINE}")


def test_environment_of_an_old_python_is_made_again(folder):
    write_script(folder / ".venv" / "bin" / "python", OLD)
    make(folder, "emitted", "new")
    assert "new -m venv --clear .venv\n" in (folder / "log").read_text()


def test_environment_of_a_new_python_stays(folder):
    write_script(folder / ".venv" / "bin" / "python", NEW)
    make(folder, "emitted", "new")
    assert "-m venv" not in (folder / "log").read_text()
    assert (folder / ".venv" / ".ready").exists()


def test_package_refuses_an_old_python_in_one_line():
    code = "import sys; sys.version_info = (3, 10); import trainstep"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert result.stderr == b"trainstep needs Python 3.11 or newer.\n"


@pytest.mark.xdist_group("alone")
def test_one_process_runs_a_group_of_tests(request, worker_id):
    assert worker_id == "master" or request.node.nodeid.endswith("@alone")
