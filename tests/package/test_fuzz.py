"""Whatever one types is taken literally, or refused in one line."""

import contextlib
import re
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import copier
import pytest
import texts
import yaml
from click.testing import CliRunner
from hatchling.metadata.core import ProjectMetadata
from hypothesis import example, given, settings
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from stand_ins import expect_files
from templates import commit, copy_template, git, make_checkout
from trainstep import OptionError
from trainstep.cli import main
from trainstep.questions import resolve
from trainstep.render import render_files

FUZZ = settings(derandomize=True, database=None, deadline=None, print_blob=True)
FOUND = [
    {"project_name": "a" * 31 + " b"},
    {"project_name": "x" * 10_000},
    {"project_name": "con"},
    {"package_name": "\x1b[31m"},
    {"package_name": "'" * 10_000},
    {"author_name": " "},
    {"author_name": "山田\u3000太郎", "description": "👩‍🔬"},
    {"license": "x" * 10_000},
]
FOUND_ARGUMENTS = [
    ["new", "..", "--defaults"],
    ["new", "x\ny\udcff", "--defaults"],
    ["diff", "--to", "a\nb=1,a\nb=1"],
    ["show\n" * 1000],
]


def amount(covering, full):
    """Gives a test its number of examples, and more of them with --full."""
    more = pytest.param(full, marks=pytest.mark.full)
    return pytest.mark.parametrize("examples", [covering, more])


@pytest.fixture
def fuzz(tally):
    """Runs a check, which returns whether it saw a refusal, on many examples."""
    counts = Counter({"fuzz cases": 0, "fuzz refusals": 0, "fuzz failures": 0})

    def run(check, strategy, examples, found=()):
        def count(case):
            counts["fuzz cases"] += 1
            counts["fuzz failures"] += 1
            counts["fuzz refusals"] += bool(check(case))
            counts["fuzz failures"] -= 1

        for case in found:
            count = example(case)(count)
        settings(FUZZ, max_examples=examples)(given(strategy)(count))()

    yield run
    for name, number in counts.items():
        tally(name, number)


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """The template as a plain folder."""
    folder = copy_template(tmp_path / "template")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return folder


@contextlib.contextmanager
def new_folder():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "my-model")
        work.mkdir()
        with contextlib.chdir(work):
            yield work


def find_refusal(options):
    """Resolves options; returns the error, if they are refused."""
    try:
        resolve(options)
    except OptionError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return error


def check_literal(options):
    if find_refusal(options):
        return True
    files = render_files(options)
    files["pyproject.toml"] = tomllib.loads(files["pyproject.toml"])
    assert files == expect_files(options)
    assert ProjectMetadata(".", None, files["pyproject.toml"]).core.authors_data


def read_project(folder):
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: text.decode() for name, text in files.items() if ".git/" not in name}


def check_answers_file(files, options):
    text = files.pop(".copier-answers.yml")
    answers = yaml.safe_load(text)
    assert resolve(options).items() <= answers.items()
    assert len(re.findall("^(?!#)[^ ]", text, re.MULTILINE)) == len(answers)


@amount(1500, 20_000)
def test_texts_are_literal_or_refused(examples, fuzz):
    fuzz(check_literal, texts.all_options, examples, FOUND)


@amount(40, 600)
def test_copier_takes_and_refuses_the_same(examples, fuzz, plain):
    def check(options):
        refusal = find_refusal(options)
        with new_folder() as folder:
            raised = pytest.raises(ValueError) if refusal else contextlib.nullcontext()
            with raised:
                copier.run_copy(str(plain), folder, options, defaults=True, quiet=True)
            files = read_project(folder)
        if not refusal:
            check_answers_file(files, options)
            assert files == render_files(options)
        return refusal

    fuzz(check, texts.text_options, examples, FOUND[:-1])


@amount(1, 20)
def test_update_keeps_the_texts(examples, fuzz, tmp_path):
    template = make_checkout(copy_template(tmp_path / "template"))
    asked = {"defaults": True, "overwrite": True, "quiet": True}

    def check(options):
        if find_refusal(options):
            return True
        with new_folder() as folder:
            copier.run_copy(str(template), folder / "my-model", options, **asked)
            git(folder / "my-model", "init", "--quiet")
            commit(folder / "my-model", "new")
            change = {"data": {"loss": "custom"}, "vcs_ref": copier.VcsRef.CURRENT}
            copier.run_update(folder / "my-model", **asked, **change)
            files = read_project(folder / "my-model")
        changed = {**options, "loss": "custom"}
        check_answers_file(files, changed)
        assert files == render_files(changed)

    fuzz(check, texts.text_options, examples, [texts.HOSTILE])


@amount(150, 3000)
@pytest.mark.usefixtures("plain")
def test_command_succeeds_or_fails_in_one_line(examples, fuzz):
    def check(arguments):
        with new_folder():
            result = CliRunner().invoke(main, arguments)
        assert isinstance(result.exception, SystemExit | None), result.exception
        if result.exit_code:
            assert result.exit_code in (1, 2)
            assert result.stderr.startswith("Error: ") and result.stderr[-1] == "\n"
            assert result.stderr[:-1].isprintable() and len(result.stderr) < 1500
        return result.exit_code

    fuzz(check, texts.arguments, examples, FOUND_ARGUMENTS)


def test_answers_to_prompts_are_literal(plain, tmp_path):
    typed = [texts.HOSTILE[name] for name in ("author_name", "author_email")]
    with create_pipe_input() as keys, create_app_session(keys, DummyOutput()):
        keys.send_text("".join(f"{text}\r" for text in typed) + "\r" * 20)
        copier.run_copy(str(plain), tmp_path / "x", texts.NOT_ASKED, quiet=True)
    files = read_project(tmp_path / "x")
    check_answers_file(files, texts.HOSTILE)
    assert files == render_files(texts.HOSTILE)
