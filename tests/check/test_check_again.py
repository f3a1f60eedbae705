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
from trainstep.check.combination import Outcome
from trainstep.check.journal import Journal
from trainstep.cli import main

CHECK = ["check", "--only", forks.FIXED, "--jobs", "2", "--json", "out.json"]
CACHE = ".trainstep_cache"


@pytest.fixture
def heeded():
    """Lets processes heed an interrupt, which those in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def interrupt(tmp_path, heeded):
    """Returns a function that ends a check by a signal after its first outcome."""
    fork = forks.make_fork(tmp_path / "template", "lacking", "waiting")

    def interrupt(number):
        with forks.start(fork, tmp_path, *CHECK, start_new_session=True) as process:
            assert process.stdout.readline().startswith("FAILED")
            os.killpg(process.pid, number)
            output, _ = process.communicate()
        journal = (tmp_path / CACHE / "check.jsonl").read_text()
        return process.returncode, output.splitlines()[-1], journal

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
    record(selected, Outcome(selected[0], "", "", 1.0))
    return selected


def record(selected, *outcomes, resume=False):
    """Opens the journal, writes outcomes down, and returns those that were done."""
    book = Journal(selected, resume)
    for outcome in outcomes:
        book.add(outcome)
    book.close()
    return list(book.done.values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_leaves_what_is_done(number, interrupt, tmp_path):
    code, last_line, _ = interrupt(number)
    assert code == 130
    assert "1 of 2 combinations checked: 0 passed, 1 failed." in last_line
    assert forks.read_report(tmp_path).keys() == {"lacking"}


def test_check_goes_on_by_the_command_that_an_interrupt_prints(interrupt, tmp_path):
    _, last_line, done = interrupt(signal.SIGINT)
    (tmp_path / "go").touch()
    _, *arguments = shlex.split(last_line.partition("To go on: ")[2])
    code, output, _ = forks.run(tmp_path / "template", tmp_path, *arguments)
    assert (code, output.splitlines()[-1][:2]) == (1, "2 ")
    report = forks.read_report(tmp_path)
    statuses = {choice: outcome["status"] for choice, outcome in report.items()}
    assert statuses == {"lacking": "failed", "waiting": "passed"}
    journal = (tmp_path / CACHE / "check.jsonl").read_text()
    assert journal.startswith(done) and journal.count("\n") == 2


def test_outcomes_count_with_resume_only(selected):
    assert len(record(selected, resume=True)) == 1
    assert record(selected) == record(selected, resume=True) == []


def test_outcomes_of_other_combinations_stay(selected):
    record(selected[1:])
    assert len(record(selected, resume=True)) == 1


@pytest.mark.parametrize("changed", [{"find_digest": str}, {"read_versions": dict}])
def test_outcome_of_other_files_or_versions_is_out(changed, selected, monkeypatch):
    monkeypatch.setattr(journal, *changed.popitem())
    assert record(selected, resume=True) == []


@pytest.mark.parametrize("rest", ['{"key": "', "{}", '{"key": 1, "outcome": {}}'])
def test_line_that_is_no_outcome_is_ignored(rest, selected):
    with (journal.FOLDER / "check.jsonl").open("a") as file:
        file.write(rest)
    assert len(record(selected, resume=True)) == 1


def test_git_ignores_the_journal(selected):
    assert (journal.FOLDER / ".gitignore").read_text() == "*\n"


def test_journal_that_cannot_be_written_takes_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / CACHE).touch()
    result = CliRunner().invoke(main, CHECK)
    problem = "Error: The journal cannot be written: .trainstep_cache: File exists.\n"
    assert (result.exit_code, result.output) == (2, problem)


def test_only_what_renders_anew_is_checked(checkout, tmp_path):
    forks.write_part(checkout, "unformatted", "gradients = ((gradients))")
    forks.run(checkout, tmp_path, *CHECK, "--changed-since", "HEAD")
    assert forks.read_report(tmp_path).keys() == {"unformatted"}


def test_nothing_changed_is_a_success(checkout, tmp_path):
    result = forks.run(checkout, tmp_path, *CHECK, "--changed-since", "HEAD")
    assert result[::2] == (0, "")
    assert "Nothing changed since HEAD." in result[1]


def test_all_is_changed_where_the_old_template_does_not_render(checkout, tmp_path):
    part = checkout / "template" / "parts" / "model" / "train_step.jinja"
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
    assert "no git checkout" in result[2] and len(result[2].splitlines()) == 1


def test_terminal_shows_how_far_the_check_is(checkout, tmp_path):
    reader, writer = os.openpty()
    forks.run(checkout, tmp_path, *CHECK, stderr=writer)
    os.close(writer)
    assert "2/2" in os.read(reader, 4096).decode()
    os.close(reader)


def test_keras_is_imported_by_workers_only(checkout, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    _, _, imports = forks.run(checkout, tmp_path, *CHECK)
    assert "junitparser" in imports
    assert not any(f" {name}\n" in imports for name in ("keras", "jax", "numpy"))
