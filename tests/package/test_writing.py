"""A project is written as Copier writes it, and nothing is lost by it."""

import os
import subprocess
import sys
from pathlib import Path

import copier
import pytest
import texts
from templates import copy_template, read_files
from trainstep import (
    OptionError,
    RenderError,
    TemplateError,
    render,
    render_project,
    writing,
)
from trainstep.answers_file import find_version, format_record, read_record
from trainstep.render import render_files
from trainstep.template import template_root

PROJECT = "my-model"


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "work" / PROJECT


def test_project_is_what_render_files_returns(dest):
    render_project({"loss": "custom"}, dest)
    assert read_files(dest) == render_files({"loss": "custom"})


@pytest.mark.parametrize("options", [{}, {"custom_steps": "test"}, texts.HOSTILE])
def test_record_is_the_one_of_copier(options, dest, tmp_path):
    template = copy_template(tmp_path / "template")
    copier.run_copy(str(template), dest, options, defaults=True, quiet=True)
    record = read_record(dest)
    assert format_record(record) == (dest / ".copier-answers.yml").read_text()
    assert (record.source, record.version) == (str(template), "")


def test_record_holds_the_answers_the_checkout_and_its_version(dest):
    render_project({"loss": "custom"}, dest)
    record = read_record(dest)
    assert record.answers["loss"] == "custom" and record.answers["sample_weight"]
    assert (record.source, record.version) == (str(template_root()), find_version())


def test_record_holds_the_source_that_is_given(dest):
    render_project({}, dest, "https://example.org/template.git")
    assert read_record(dest).source == "https://example.org/template.git"


@pytest.mark.parametrize("text", ["", "- a", "a: [", "\0"])
def test_record_that_cannot_be_read_takes_one_line(text, tmp_path):
    (tmp_path / ".copier-answers.yml").write_text(text)
    with pytest.raises(TemplateError, match="is not a project of this template"):
        read_record(tmp_path)


def test_answers_that_somebody_typed_are_read_as_texts(tmp_path):
    typed = "project_name: 2024\ndescription:\nsample_weight: false\n_commit: 1234567\n"
    (tmp_path / ".copier-answers.yml").write_text(typed)
    record = read_record(tmp_path)
    answers = {"project_name": "2024", "description": "", "sample_weight": False}
    assert (record.answers, record.version) == (answers, "1234567")


def test_project_goes_into_the_folder_above(dest, monkeypatch):
    (dest / "work").mkdir(parents=True)
    monkeypatch.chdir(dest / "work")
    render_project({}, Path(".."))
    assert {"README.md", "work"} <= set(os.listdir(dest))


@pytest.mark.parametrize("name", ["README.md", "src/my_model/model.py", "src"])
def test_file_in_the_way_is_named_and_kept(name, dest):
    (dest / name).parent.mkdir(parents=True)
    (dest / name).write_text("mine")
    with pytest.raises(TemplateError, match=f"already holds {name}"):
        render_project({}, dest)
    assert read_files(dest) == {name: "mine"}


def test_folder_in_the_way_is_named(dest):
    (dest / "README.md").mkdir(parents=True)
    with pytest.raises(TemplateError, match=r"already holds README\.md"):
        render_project({}, dest)


def test_dangling_link_in_the_way_is_named(dest, tmp_path):
    dest.mkdir(parents=True)
    (dest / "README.md").symlink_to(tmp_path / "nothing")
    with pytest.raises(TemplateError, match=r"already holds README\.md"):
        render_project({}, dest)


def test_other_files_are_kept(dest):
    (dest / "src").mkdir(parents=True)
    (dest / "src" / "notes.txt").write_text("mine")
    render_project({}, dest)
    assert (dest / "src" / "notes.txt").read_text() == "mine"
    assert (dest / "src" / "my_model" / "model.py").exists()


def test_mode_of_an_existing_folder_is_kept(dest):
    dest.mkdir(parents=True)
    dest.chmod(0o700)
    render_project({}, dest)
    assert dest.stat().st_mode & 0o777 == 0o700


def test_second_project_in_a_folder_is_refused(dest):
    render_project({}, dest)
    before = read_files(dest)
    with pytest.raises(TemplateError, match=r"holds \.copier-answers\.yml, "):
        render_project({"loss": "custom"}, dest)
    assert read_files(dest) == before


def test_file_as_destination_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(TemplateError, match="is a file"):
        render_project({}, tmp_path / "file")


def test_destination_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TemplateError, match="file/project: Not a directory"):
        render_project({}, tmp_path / "file" / "project")


def test_failure_of_the_template_leaves_nothing(dest, monkeypatch):
    def fail(_):
        raise RenderError("It fails.")

    monkeypatch.setattr(writing, "render_files", fail)
    with pytest.raises(RenderError):
        render_project({}, dest)
    assert not dest.exists()


def test_option_that_the_answers_hide_is_refused(dest):
    with pytest.raises(OptionError, match="gradients does not apply"):
        render_project({"custom_steps": "test", "gradients": "clip"}, dest)
    assert not dest.exists()


def test_copier_copy_overwrites_nothing_unasked(dest, tmp_path):
    template = copy_template(tmp_path / "template")
    dest.mkdir(parents=True)
    (dest / "README.md").write_text("mine")
    command = [sys.executable, "-m", "copier", "copy", "--defaults", template, dest]
    copied = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    assert b"conflict" in copied.stderr
    assert (dest / "README.md").read_text() == "mine"


def test_compiled_files_are_neither_copied_nor_read(dest, tmp_path):
    template = copy_template(tmp_path / "template")
    cache = template / "template" / "project" / "tests" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "conftest.cpython-311.pyc").write_bytes(b"\xff")
    copier.run_copy(str(template), dest, defaults=True, quiet=True)
    assert not [*dest.rglob("__pycache__")]
    assert read_files(dest) == render_files({})


def test_compiled_files_are_not_rendered(tmp_path, monkeypatch):
    template = copy_template(tmp_path / "template")
    (template / "template" / "project" / "__pycache__").mkdir()
    (template / "template" / "project" / "__pycache__" / "x.pyc").write_bytes(b"\xff")
    monkeypatch.setattr(render, "template_root", lambda: template)
    assert render_files({})
