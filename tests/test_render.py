"""Every combination renders, through Copier and straight, to the same clean files."""

import shutil
import subprocess
import sys

import copier
import pytest
from allpairspy import AllPairs

from generator import combinations
from generator.catalog import format_answer, questions
from generator.config import template_root
from generator.render import render_files

ANSWERS_FILE = ".copier-answers.yml"
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
    copier.run_copy(template, folder, data=options, defaults=True, quiet=True)
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}
    assert ANSWERS_FILE in files
    del files[ANSWERS_FILE]
    assert files == render_files(options)
    return files


def check_files(files, folder):
    """Compiles, lints and format-checks the Python of a project in its folder."""
    for name, text in files.items():
        if name.endswith(".py"):
            compile(text, name, "exec")
    for command in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
        result = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("options", list(combinations()), ids=name_combination)
def test_renders_clean(options, template, tmp_path, tally):
    files = copy_and_compare(template, options, tmp_path)
    check_files(files, tmp_path)
    assert not any(mark in text for text in files.values() for mark in ("{%", "{#"))
    tally("combinations rendered")


@pytest.mark.parametrize("options", list_project_pairs(), ids=str)
def test_renders_any_text(options, template, tmp_path):
    files = copy_and_compare(template, options, tmp_path)
    check_files(files, tmp_path)
    assert options["project_name"] in files["README.md"]
