"""A project is emitted from what is checked out, and nothing is lost by it."""

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import copier
import pytest
import yaml
from templates import commit, copy_template, git, make_checkout
from trainstep import OptionError, RenderError, TemplateError, copying
from trainstep.render import render_files


@pytest.fixture
def plain(tmp_path):
    """The template as a plain folder."""
    return copy_template(tmp_path / "template")


@pytest.fixture
def checkout(plain):
    """The template in a git checkout."""
    return make_checkout(plain)


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "work" / "project"


def read_answers(dest):
    return yaml.safe_load((dest / ".copier-answers.yml").read_text())


def read_files(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_project_is_what_render_files_tells(plain, dest):
    copying.copy({"loss": "custom"}, dest, template=plain)
    found = read_files(dest)
    del found[".copier-answers.yml"]
    assert found == render_files({"loss": "custom"})


def test_project_is_that_of_head_not_of_the_last_tag(checkout, dest):
    copying.copy({}, dest, template=checkout)
    assert (dest / "second.txt").exists()


def test_project_goes_into_the_folder_above(plain, dest, tmp_path, monkeypatch):
    (dest / "work").mkdir(parents=True)
    monkeypatch.chdir(dest / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    copying.copy({}, Path(".."), template=plain)
    assert {"README.md", "work"} <= set(os.listdir(dest))
    assert set(os.listdir(tmp_path)) == {"template", "work"}


def test_template_is_recorded_so_that_updates_find_it(checkout, dest, monkeypatch):
    monkeypatch.chdir(checkout)
    copying.copy({}, dest, template=Path("."))
    answers = read_answers(dest)
    assert answers["_src_path"] == str(checkout)
    git(checkout, "rev-parse", "--verify", answers["_commit"])


def test_project_can_be_updated(checkout, dest):
    copying.copy({"gradients": "clip"}, dest, template=checkout)
    git(dest, "init", "--quiet")
    commit(dest, "new")
    change = {"data": {"loss": "custom"}, "vcs_ref": copier.VcsRef.CURRENT}
    copier.run_update(dest, defaults=True, overwrite=True, quiet=True, **change)
    changed = render_files({"gradients": "clip", "loss": "custom"})
    assert {name: (dest / name).read_text() for name in changed} == changed


def test_uncommitted_changes_are_emitted_without_a_warning(checkout, dest):
    (checkout / "template" / "project" / "third.txt").touch()
    copying.copy({}, dest, template=checkout)
    assert (dest / "third.txt").exists()


def test_only_a_clean_checkout_allows_updates(checkout):
    assert copying.find_update_obstacle(checkout) == ""
    (checkout / "third.txt").touch()
    assert "uncommitted changes" in copying.find_update_obstacle(checkout)


def test_plain_folder_allows_no_updates(plain):
    assert "no git checkout" in copying.find_update_obstacle(plain)


def test_broken_checkout_allows_no_updates(plain):
    (plain / ".git").touch()
    assert "git status fails" in copying.find_update_obstacle(plain)


@pytest.mark.parametrize("name", ["README.md", "src/my_model/model.py", "src"])
def test_file_in_the_way_is_named_and_kept(name, plain, dest):
    (dest / name).parent.mkdir(parents=True)
    (dest / name).write_text("mine")
    with pytest.raises(TemplateError, match=f"already holds {name}"):
        copying.copy({}, dest, template=plain)
    assert read_files(dest) == {name: "mine"}


def test_folder_in_the_way_is_named(plain, dest):
    (dest / "README.md").mkdir(parents=True)
    with pytest.raises(TemplateError, match=r"already holds README\.md"):
        copying.copy({}, dest, template=plain)


def test_dangling_link_in_the_way_is_named(plain, dest, tmp_path):
    dest.mkdir(parents=True)
    (dest / "README.md").symlink_to(tmp_path / "nothing")
    with pytest.raises(TemplateError, match=r"already holds README\.md"):
        copying.copy({}, dest, template=plain)


def test_other_files_are_kept(plain, dest):
    (dest / "src").mkdir(parents=True)
    (dest / "src" / "notes.txt").write_text("mine")
    copying.copy({}, dest, template=plain)
    assert (dest / "src" / "notes.txt").read_text() == "mine"
    assert (dest / "src" / "my_model" / "model.py").exists()


def test_mode_of_an_existing_folder_is_kept(plain, dest):
    dest.mkdir(parents=True)
    dest.chmod(0o700)
    copying.copy({}, dest, template=plain)
    assert dest.stat().st_mode & 0o777 == 0o700


def test_second_project_in_a_folder_is_refused(plain, dest):
    copying.copy({}, dest, template=plain)
    before = read_files(dest)
    with pytest.raises(TemplateError, match=r"holds \.copier-answers\.yml\. "):
        copying.copy({"loss": "custom"}, dest, template=plain)
    assert read_files(dest) == before


def test_file_as_destination_is_refused(plain, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(TemplateError, match="is no folder"):
        copying.copy({}, tmp_path / "file", template=plain)


def test_destination_that_cannot_be_written_is_named(plain, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TemplateError, match="file/project: Not a directory"):
        copying.copy({}, tmp_path / "file" / "project", template=plain)


@pytest.mark.filterwarnings("ignore:.*ScandirIterator")  # Copier leaves it open.
def test_failure_of_jinja_leaves_nothing(plain, dest):
    (plain / "template" / "project" / "bad.txt.jinja").write_text("{{ missing }}")
    with pytest.raises(RenderError, match="'missing' is undefined"):
        copying.copy({}, dest, template=plain)
    gc.collect()
    assert not dest.exists()


def test_failure_of_git_takes_one_line(checkout, dest):
    shutil.rmtree(checkout / ".git" / "objects")
    (checkout / ".git" / "objects").mkdir()
    with pytest.raises(RenderError, match="fatal:") as caught:
        copying.copy({}, dest, template=checkout)
    assert "\n" not in str(caught.value)


def test_option_that_the_answers_hide_is_refused(plain, dest):
    with pytest.raises(OptionError, match="gradients does not apply"):
        copying.copy(
            {"custom_steps": "test", "gradients": "clip"}, dest, template=plain
        )
    assert not dest.exists()


def test_copier_copy_overwrites_nothing_unasked(plain, dest):
    dest.mkdir(parents=True)
    (dest / "README.md").write_text("mine")
    command = [sys.executable, "-m", "copier", "copy", "--defaults", plain, dest]
    copied = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    assert b"conflict" in copied.stderr
    assert (dest / "README.md").read_text() == "mine"
