"""The house's rules on the template and on the code, as numbers and names."""

import ast
import re
import statistics
from pathlib import Path

import pytest
from jinja2 import meta
from trainstep import combinations, render_file
from trainstep.questions import format_answer, questions, step_questions
from trainstep.template import environment, template_root

TEMPLATE = template_root() / "template"
PARTS = TEMPLATE / "parts"
PACKAGE = template_root() / "generator" / "trainstep"
SWITCHBOARD = PARTS / "switchboard.jinja"
SHARED = {"model"}
"""Folders of parts that belong to no option."""
STEPS = {"train_step", "test_step"}

TEMPLATES = sorted(
    path for path in TEMPLATE.rglob("*.jinja") if "answers_file" not in path.name
)
CODE = sorted(
    path
    for package in ("benchmarks", "generator")
    for path in (template_root() / package).rglob("*.py")
)


def name_path(path):
    return path.relative_to(template_root()).as_posix()


def list_functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def count_lines(function):
    return function.end_lineno - function.lineno + 1


@pytest.mark.parametrize("path", TEMPLATES, ids=name_path)
def test_options_are_read_in_the_switchboard_only(path):
    names = meta.find_undeclared_variables(environment().parse(path.read_text()))
    shaping = {question.name for question in step_questions()}
    assert path == SWITCHBOARD or not names & shaping


def test_switchboard_reads_every_option():
    names = meta.find_undeclared_variables(environment().parse(SWITCHBOARD.read_text()))
    assert names >= {question.name for question in step_questions()}


def test_every_folder_of_parts_is_a_choice():
    choices = {
        f"{question.name}/{format_answer(choice)}"
        for question in questions()
        for choice in question.choices
    }
    folders = {
        folder.relative_to(PARTS).as_posix()
        for folder in PARTS.glob("*/*")
        if folder.is_dir() and folder.parent.name not in SHARED
    }
    assert folders <= choices


@pytest.mark.parametrize("question", step_questions(), ids=lambda q: q.name)
def test_every_choice_but_a_plain_default_has_parts(question):
    missing = [
        choice
        for choice in question.choices
        if not any((PARTS / question.name / format_answer(choice)).glob("*.jinja"))
    ]
    assert set(missing) <= {question.default}


def test_every_part_is_included():
    included = {
        Path(name).name
        for path in TEMPLATES
        for name in re.findall(r"'([^']*\.jinja)'", path.read_text())
    }
    config = (template_root() / "copier.yml").read_text()
    parts = {path.name for path in PARTS.rglob("*.jinja")}
    assert parts <= included
    assert "template/validators.jinja" in config


def test_contract_lists_every_slot():
    contract = (PARTS / "README.md").read_text()
    slots = {path.name for path in PARTS.glob("*/*/*.jinja")}
    assert {slot for slot in slots if f"`{slot}`" not in contract} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_path)
def test_templates_are_small_and_portable(path):
    text = path.read_text()
    license_text = path.name == "license.jinja"
    assert license_text or PARTS not in path.parents or len(text.splitlines()) <= 60
    assert not re.search(r"\{[%{]-|-[%}]\}", text)
    assert '"' not in name_path(path)


@pytest.mark.parametrize("path", CODE, ids=name_path)
def test_code_is_small(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 200
    lengths = [count_lines(function) for function in list_functions(ast.parse(text))]
    assert max(lengths, default=0) <= 40


def test_functions_are_short_on_average():
    functions = [
        f for path in CODE for f in list_functions(ast.parse(path.read_text()))
    ]
    assert statistics.median(map(count_lines, functions)) <= 12


def test_emitted_steps_are_no_longer_than_keras_own():
    for options in combinations():
        for function in list_functions(ast.parse(render_file(options, "model.py"))):
            if function.name in STEPS:
                assert count_lines(function) <= 45, (options, function.name)
    default = list_functions(ast.parse(render_file({}, "model.py")))
    assert {function.name for function in default} >= STEPS


def test_previews_import_neither_keras_nor_copier():
    for name in ("questions", "combinations", "template", "errors", "render"):
        source = (
            template_root() / "generator" / "trainstep" / f"{name}.py"
        ).read_text()
        imports = re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)
        assert not set(imports) & {"keras", "jax", "copier"}
