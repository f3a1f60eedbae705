"""`trainstep new` and `render_project()` emit this package's own template."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from templates import copy_template, make_checkout
from trainstep import OptionError, copying, render_project
from trainstep.cli import main
from trainstep.template import next_steps, template_root

FOLDERS = ["a b", "it's", '"', "$(id)", "`id`", "a\nb", "-", "-x", "~", "ü", "\udcff"]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout in the place of the package's own template."""
    folder = make_checkout(copy_template(tmp_path / "template"))
    monkeypatch.setattr(copying, "template_root", lambda: folder)
    return folder


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "work" / "project"


def read_answers(dest):
    return yaml.safe_load((dest / ".copier-answers.yml").read_text())


@pytest.mark.usefixtures("checkout")
def test_library_emits_into_a_path_written_as_text(dest):
    render_project({"loss": "custom", "sample_weight": "false"}, str(dest))
    assert (dest / "src" / "my_model" / "losses.py").exists()
    assert read_answers(dest)["sample_weight"] is False


@pytest.mark.usefixtures("checkout")
def test_library_refuses_a_bad_option(dest):
    with pytest.raises(OptionError, match="shadow"):
        render_project({"package_name": "keras"}, dest)


@pytest.mark.usefixtures("checkout")
def test_new_says_where_the_project_is(dest):
    arguments = ["new", str(dest), "--defaults", "--package-name", "heart"]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"cd {dest}" in result.stdout
    assert (dest / "src" / "heart" / "model.py").exists()


def test_new_warns_in_one_line_where_updates_will_fail(checkout, dest):
    (checkout / "third.txt").touch()
    result = CliRunner().invoke(main, ["new", str(dest), "--defaults"])
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: `copier update` will fail")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("checkout")
def test_new_exits_with_2_for_a_destination_in_use(dest):
    dest.mkdir(parents=True)
    (dest / "README.md").touch()
    result = CliRunner().invoke(main, ["new", str(dest), "--defaults"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


def test_new_exits_with_1_where_copier_fails(checkout, dest):
    (checkout / "copier.yml").write_text("_min_copier_version: '99.0'")
    result = CliRunner().invoke(main, ["new", str(dest), "--defaults"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_new_asks_on_a_terminal_for_what_is_not_given(dest):
    keyboard, terminal = os.openpty()
    os.write(keyboard, b" of Hearts\r" + 20 * b"\r")
    command = [sys.executable, "-m", "trainstep", "new", str(dest), "--loss", "custom"]
    with open(terminal, "rb") as stdin, open(keyboard, "rb"):
        subprocess.run(command, stdin=stdin, cwd=template_root(), capture_output=True)
    answers = read_answers(dest)
    assert answers["project_name"] == "My Model of Hearts"
    assert answers["loss"] == "custom"


@pytest.mark.parametrize("name", FOLDERS)
def test_line_to_paste_leads_into_the_project(name, tmp_path):
    (tmp_path / name).mkdir()
    line = next_steps(Path(name)).partition("\n\n")[2].rpartition("\n")[0]
    output = subprocess.check_output(["sh", "-c", f"{line} && ls -A .."], cwd=tmp_path)
    assert os.fsdecode(output) == f"{name}\n"


def test_new_takes_a_folder_whose_name_is_not_unicode(tmp_path):
    command = [
        sys.executable,
        "-m",
        "trainstep",
        "new",
        "--defaults",
        tmp_path / "\udcff",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    options = {"cwd": template_root(), "env": environment}
    assert b"\xff" in subprocess.check_output(command, **options)
