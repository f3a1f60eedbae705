"""Every combination renders, through Copier and straight, to the same clean files."""

import shutil
import subprocess
import sys

import copier
import pytest
from allpairspy import AllPairs
from trainstep import combinations, render_file
from trainstep.questions import format_answer, questions
from trainstep.render import render_files
from trainstep.template import template_root

ANSWERS_FILE = ".copier-answers.yml"
FIRST_PARTY = ["--config", f"lint.isort.known-first-party={['my_model']}"]
pytestmark = pytest.mark.usefixtures("fast_copier")
TEXTS = {
    "project_name": ["My Model", 'Ünïcode "quoted" {{ braces }} it\'s ☃'],
    "package_name": ["my_model", "a_package_name_of_all_32_letters"],
    "description": ["", 'One \\ "line" of {% text %} with <tags> & more'],
    "author_name": ["", 'O\'Brien "Öl" \\ & <Söhne>'],
    "author_email": ["", "o'brien+test@example.org"],
}


def name_combination(options):
    return "-".join(map(format_answer, options.values()))


def list_project_pairs():
    """Covers each pair of answers that shape the project, with one another."""
    shaping = {q.name: q.choices for q in questions() if q.name in ("license", "ci")}
    answers = {**TEXTS, **shaping}
    return [
        dict(zip(answers, pair, strict=True)) for pair in AllPairs(answers.values())
    ]


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A copy of the template outside git, which Copier renders as it stands."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copy(template_root() / "copier.yml", folder)
    shutil.copytree(template_root() / "template", folder / "template")
    return str(folder)


def copy_and_compare(template, options, folder):
    """Renders through Copier and straight, and returns the files, which are equal."""
    folder = folder / "my-model"
    copier.run_copy(template, folder, data=options, defaults=True, quiet=True)
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}
    assert ANSWERS_FILE in files
    del files[ANSWERS_FILE]
    assert files == render_files(options)
    assert render_file(options, "model.py") in files.values()
    return files


def check_style(folder):
    """Lints and format-checks the Python below a folder, by the project's rules."""
    for command in (["check", *FIRST_PARTY], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--no-cache", "."]
        result = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("options", list(combinations()), ids=name_combination)
def test_renders_through_copier(options, template, tmp_path, tally):
    files = copy_and_compare(template, options, tmp_path)
    for name, text in files.items():
        assert not any(mark in text for mark in ("{%", "%}", "{#", "#}")), name
    tally("combinations rendered")


def test_every_distinct_file_compiles_and_is_clean(tmp_path, tally):
    files = {}
    for options in combinations():
        for name, text in render_files(options).items():
            if name.endswith(".py"):
                files.setdefault((name, text), len(files))
    for (name, text), number in files.items():
        path = tmp_path / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
        compile(text, name, "exec")
    (tmp_path / "pyproject.toml").write_text(render_file({}, "pyproject.toml"), "utf-8")
    check_style(tmp_path)
    tally("distinct files compiled, linted and formatted", len(files))


@pytest.mark.parametrize("options", list_project_pairs(), ids=str)
def test_renders_any_text(options, template, tmp_path):
    files = copy_and_compare(template, options, tmp_path)
    check_style(tmp_path)
    assert options["project_name"] in files["README.md"]
