"""`trainstep new` emits a project that is named after its folder, and asks for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from templates import read_files
from trainstep import OptionError, asking, cli, render_project
from trainstep.answers_file import read_record
from trainstep.cli import main
from trainstep.questions import resolve
from trainstep.render import render_files
from trainstep.template import name_project, next_steps, template_root

FOLDERS = ["a b", "it's", '"', "$(id)", "`id`", "a\nb", "-", "-x", "~", "ü", "\udcff"]
NAMES = {
    "wine": "Wine",
    "heart-model": "Heart Model",
    "red_wine.v2": "Red Wine V2",
    "MNIST": "MNIST",
    "x" * 200: "My Model",
    "\udcff": "My Model",
    "/": "My Model",
}


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "work" / "heart-model"


DOWN = "\x1b[B"


def run_new(*arguments, exit_code=0):
    result = CliRunner().invoke(main, ["new", *map(str, arguments), "--defaults"])
    assert result.exit_code == exit_code, result.output
    return result


def test_library_emits_into_a_path_written_as_text(dest):
    render_project({"loss": "custom", "sample_weight": "false"}, str(dest))
    assert (dest / "src" / "my_model" / "losses.py").exists()
    assert read_record(dest).answers["sample_weight"] is False


def test_library_refuses_a_bad_option(dest):
    with pytest.raises(OptionError, match="shadow"):
        render_project({"package_name": "keras"}, dest)


def test_new_says_where_the_project_is(dest):
    assert f"cd {dest}" in run_new(dest, "--package-name", "heart").stdout
    assert (dest / "src" / "heart" / "model.py").exists()


def test_new_names_the_project_after_its_folder(dest):
    run_new(dest)
    assert read_files(dest) == render_files({"project_name": "Heart Model"})


def test_new_takes_the_name_that_is_given(dest):
    run_new(dest, "--project-name", "Wine")
    assert read_files(dest) == render_files({"project_name": "Wine"})


def test_new_takes_the_answers_of_a_project(dest, tmp_path):
    run_new(dest, "--loss", "custom")
    run_new(tmp_path / "wine", "--project", dest, "--metrics", "manual")
    expected = {**read_record(dest).answers, "metrics": "manual"}
    assert read_record(tmp_path / "wine").answers == expected


def test_new_records_the_source_that_is_given(dest):
    run_new(dest, "--source", "https://example.org/template.git")
    assert read_record(dest).source == "https://example.org/template.git"


@pytest.mark.parametrize("folder", NAMES)
def test_folder_names_a_project(folder):
    name = name_project(Path(folder))
    assert name == NAMES[folder]
    resolve({"project_name": name})


def test_new_warns_in_one_line_of_uncommitted_changes(dest, monkeypatch):
    monkeypatch.setattr(cli, "find_update_obstacle", lambda: "it has changes")
    line = run_new(dest).stderr
    assert line.startswith("Warning: ") and line.endswith("it has changes.\n")


def test_new_exits_with_2_for_a_destination_in_use(dest):
    dest.mkdir(parents=True)
    (dest / "README.md").touch()
    assert len(run_new(dest, exit_code=2).stderr.splitlines()) == 1


def ask(dest, keys, **variables):
    """Runs `trainstep new` on a terminal, on which some keys are pressed."""
    keyboard, terminal = os.openpty()
    os.write(keyboard, keys)
    command = [sys.executable, "-m", "trainstep", "new", str(dest), "--loss", "custom"]
    environment = {**os.environ, **variables}
    options = {"cwd": template_root(), "env": environment, "capture_output": True}
    with open(terminal, "rb") as stdin, open(keyboard, "rb"):
        return subprocess.run(command, stdin=stdin, **options)


def test_new_asks_on_a_terminal_for_what_is_not_given(dest):
    ask(dest, b"Ada Lovelace\r" + 20 * b"\r")
    answers = read_record(dest).answers
    assert answers["project_name"] == "Heart Model"
    assert answers["author_name"] == "Ada Lovelace"
    assert answers["loss"] == "custom"


def test_interrupted_questions_leave_nothing(dest):
    with create_pipe_input() as keys, create_app_session(keys, DummyOutput()):
        keys.send_text("Ada\x03")
        with pytest.raises(KeyboardInterrupt):
            asking.ask({}, dest)
    assert not dest.parent.exists()


def test_questions_refuse_what_does_not_apply(dest):
    with create_pipe_input() as keys, create_app_session(keys, DummyOutput()):
        keys.send_text(4 * "\r" + 4 * "\r" + 2 * DOWN + 20 * "\r")
        with pytest.raises(OptionError, match="gradients does not apply"):
            asking.ask({"gradients": "clip"}, dest)


def test_new_exits_with_1_where_copier_fails(dest, tmp_path):
    text = (template_root() / "copier.yml").read_text()
    (tmp_path / "copier.yml").write_text(text.replace("'9.19.1'", "'99.0'"))
    (tmp_path / "template").symlink_to(template_root() / "template")
    result = ask(dest, b"", TRAINSTEP_TEMPLATE=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.startswith(b"Error: Copier failed: This template requires")


@pytest.mark.parametrize("name", FOLDERS)
def test_line_to_paste_leads_into_the_project(name, tmp_path):
    (tmp_path / name).mkdir()
    line = next_steps(Path(name)).partition("\n\n")[2].rpartition("\n")[0]
    output = subprocess.check_output(["sh", "-c", f"{line} && ls -A .."], cwd=tmp_path)
    assert os.fsdecode(output) == f"{name}\n"


def test_new_takes_a_folder_whose_name_is_not_unicode(tmp_path):
    folder = tmp_path / "\udcff"
    command = [sys.executable, "-m", "trainstep", "new", "--defaults", folder]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    options = {"cwd": template_root(), "env": environment}
    assert b"\xff" in subprocess.check_output(command, **options)
