"""A check loses nothing that is done, and need not do what has not changed."""

import os
import shlex
import shutil
import signal

import forks
import pytest
from click.testing import CliRunner
from templates import commit, git
from trainstep import combinations
from trainstep.check import journal
from trainstep.check.combination import name_combination
from trainstep.check.journal import Journal
from trainstep.cli import main

CHECK = ["check", "--only", forks.FIXED, "--jobs", "1", "--json", "out.json"]
CACHE = ".trainstep_cache"


@pytest.fixture
def interrupt(tmp_path, heeded):
    """Returns a function that ends a check by a signal after its first outcome."""
    fork = forks.make_fork(tmp_path / "template", "lacking", "waiting")

    def interrupt(number):
        with forks.start(fork, tmp_path, *CHECK, start_new_session=True) as process:
            while not process.stdout.readline().startswith("FAILED"):
                assert process.poll() is None
            os.kill(process.pid, number)
            output, _ = process.communicate()
        return process.returncode, output.splitlines()[-1]

    return interrupt


@pytest.fixture
def checkout(tmp_path):
    """A fork in a git checkout, whose combinations fail without being fitted."""
    fork = forks.make_fork(tmp_path / "template", "unlinted", "unformatted")
    git(fork, "init", "--quiet")
    commit(fork, "first")
    return fork


@pytest.fixture
def selected(tmp_path, monkeypatch):
    """Three combinations, the first of which has passed, says the journal."""
    monkeypatch.chdir(tmp_path)
    selected = list(combinations())[:3]
    Journal(selected, resume=False).add(name_combination(selected[0]))
    return selected


def count_passed(selected, resume):
    """Opens the journal and counts the combinations that it says have passed."""
    return sum(map(Journal(selected, resume).has, selected))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_leaves_what_is_done(number, interrupt, tmp_path):
    code, last_line = interrupt(number)
    assert code == 130
    assert "1 of 2 combinations checked: 0 passed, 1 failed." in last_line
    assert forks.read_report(tmp_path).keys() == {"lacking"}


def test_check_goes_on_by_the_command_that_an_interrupt_prints(interrupt, tmp_path):
    _, last_line = interrupt(signal.SIGINT)
    (tmp_path / "go").touch()
    _, *arguments = shlex.split(last_line.partition("To go on: ")[2])
    result = [forks.run(tmp_path / "template", tmp_path, *arguments) for _ in range(2)]
    assert [code for code, *_ in result] == [1, 1]
    statuses = {c: o["status"] for c, o in forks.read_report(tmp_path).items()}
    assert statuses == {"lacking": "failed"}  # What passed is not checked again.
    assert result[1][1].splitlines()[-1].startswith("2 combinations checked: 1 passed")


def test_what_passed_counts_with_resume_only(selected):
    assert count_passed(selected, resume=True) == 1
    assert count_passed(selected, resume=False) == 0
    assert count_passed(selected, resume=True) == 0


@pytest.mark.parametrize("name", ["find_digest", "read_versions", "_read_own_code"])
def test_what_passed_with_other_files_or_tools_is_out(name, selected, monkeypatch):
    monkeypatch.setattr(journal, name, lambda *_: "other")
    assert count_passed(selected, resume=True) == 0


def test_line_that_was_cut_off_is_ignored(selected):
    with (journal.FOLDER / "passed.txt").open("a") as file:
        file.write("3f")
    assert count_passed(selected, resume=True) == 1


def test_git_ignores_the_journal(selected):
    assert (journal.FOLDER / ".gitignore").read_text() == "*\n"


def test_journal_that_cannot_be_written_takes_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / CACHE).touch()
    result = CliRunner().invoke(main, CHECK[:3])
    problem = "Error: The journal cannot be written: .trainstep_cache: File exists.\n"
    assert (result.exit_code, result.output) == (2, problem)


def test_only_what_renders_otherwise_is_checked(checkout, tmp_path):
    forks.write_part(checkout, "unformatted", "gradients = ((gradients))")
    forks.run(checkout, tmp_path, *CHECK, "--changed-since", "HEAD")
    assert forks.read_report(tmp_path).keys() == {"unformatted"}


def test_nothing_changed_is_a_success(checkout, tmp_path):
    result = forks.run(checkout, tmp_path, *CHECK, "--changed-since", "HEAD")
    assert result[::2] == (0, "")
    assert "Nothing changed since HEAD." in result[1]


def test_all_is_changed_where_the_old_template_does_not_render(checkout, tmp_path):
    part = checkout / "template" / "parts" / "steps" / "train_step.jinja"
    text = part.read_text()
    part.unlink()
    commit(checkout, "broken")
    part.write_text(text)
    result = forks.run(checkout, tmp_path, *CHECK, "--changed-since", "HEAD")
    assert "Warning: " in result[2] and "train_step.jinja is missing" in result[2]
    assert forks.read_report(tmp_path).keys() == {"unlinted", "unformatted"}


@pytest.mark.parametrize("revision", ["nothing", "--all", ""])
def test_unknown_revision_takes_one_line(revision, checkout, tmp_path):
    result = forks.run(checkout, tmp_path, "check", f"--changed-since={revision}")
    assert result[:2] == (2, "")
    assert f"no revision {revision!r}" in result[2]
    assert len(result[2].splitlines()) == 1


def test_folder_that_is_no_checkout_takes_one_line(checkout, tmp_path):
    shutil.rmtree(checkout / ".git")
    result = forks.run(checkout, tmp_path, "check", "--changed-since", "HEAD")
    assert result[:2] == (2, "")
    assert "not a git checkout" in result[2] and len(result[2].splitlines()) == 1


def test_keras_is_imported_by_workers_only(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    arguments = [*CHECK, "--changed-since", "HEAD"]
    _, _, imports = forks.run(checkout, tmp_path, *arguments)
    assert "trainstep.check.command" in imports
    assert not any(f" {name}\n" in imports for name in ("keras", "jax", "numpy"))
