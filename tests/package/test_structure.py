"""The house's rules on the template and on the code, as numbers and names."""

import ast
import re
import statistics

import pytest
from jinja2 import meta
from trainstep import combinations, render_file
from trainstep.questions import (
    format_answer,
    questions,
    step_entries,
    step_questions,
)
from trainstep.render import render_files
from trainstep.template import environment, template_root

TEMPLATE = template_root() / "template"
PACKAGE = template_root() / "generator" / "trainstep"
SWITCHBOARD = TEMPLATE / "switchboard.jinja"
SHARED = {"steps"}
"""Folders of parts that belong to no option."""
CONFIGURED = "template/validators.jinja"
"""What only `copier.yml` includes."""
ALGORITHM_FILES = {
    f"{name}.jinja"
    for name in (
        "example_data",
        "model",
        "network",
        "pictures",
        "readme",
        "reference",
        "test_model",
        "words",
    )
}
SLOTS = {
    "train_after.jinja",
    "train_before.jinja",
    "train_callbacks.jinja",
    "train_flags.jinja",
}
"""What an algorithm may add to the training command."""
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
    shaping = {question.name for question in step_entries()}
    assert path == SWITCHBOARD or not names & shaping


def test_switchboard_reads_every_option():
    names = meta.find_undeclared_variables(environment().parse(SWITCHBOARD.read_text()))
    assert names >= {question.name for question in step_questions()}


def list_choices():
    """Lists the folders that choices may have, below `parts` or an algorithm."""
    for question in questions():
        for choice in question.choices:
            yield f"{question.name}/{format_answer(choice)}"


def list_choice_folders():
    roots = [TEMPLATE / "parts", *(TEMPLATE / "algorithms").iterdir()]
    for root in roots:
        for folder in root.glob("*/*"):
            if folder.is_dir() and folder.parent.name not in SHARED:
                yield folder.relative_to(root).as_posix()


def test_every_folder_of_a_choice_is_a_choice():
    assert set(list_choice_folders()) <= set(list_choices())


def test_every_algorithm_is_a_choice():
    (algorithm,) = (q for q in questions() if q.name == "algorithm")
    folders = {folder.name for folder in (TEMPLATE / "algorithms").iterdir()}
    assert folders == set(algorithm.choices)


def test_every_algorithm_has_the_same_files():
    names = {
        folder.name: {path.name for path in folder.glob("*.jinja")} - SLOTS
        for folder in (TEMPLATE / "algorithms").iterdir()
    }
    assert set(map(frozenset, names.values())) == {frozenset(ALGORITHM_FILES)}


def find_rendered():
    """Returns the templates that some combination loads, by their names."""
    loaded = set()
    load = environment().loader.get_source

    def record(jinja, name):
        loaded.add(name)
        return load(jinja, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment().loader, "get_source", record)
        environment().cache.clear()
        for options in list_covering():
            render_files(options)
    return loaded


def list_covering():
    """Takes each choice with each algorithm, and each answer on the project."""
    seen = set()
    for options in combinations():
        algorithm = options["algorithm"]
        pairs = {(algorithm, *pair) for pair in options.items()} - seen
        seen |= pairs
        if pairs:
            yield options
    shaping = [q for q in questions() if q.choices and q not in step_questions()]
    for question in shaping:
        for choice in question.choices:
            for algorithm in sorted({algorithm for algorithm, *_ in seen}):
                options = {"algorithm": algorithm, question.name: choice}
                yield from (
                    {**options, "fused_steps": fused} for fused in (False, True)
                )


def test_every_template_is_included_for_some_choice():
    """A slot that nothing includes would be ignored in silence."""
    names = {name_path(path) for path in TEMPLATES} - {CONFIGURED}
    assert names - find_rendered() == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_path)
def test_templates_are_small_and_portable(path):
    text = path.read_text()
    assert path.name == "license.jinja" or 1 < len(text.splitlines()) <= 300
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


def test_emitted_steps_are_short():
    for options in combinations():
        for function in list_functions(ast.parse(render_file(options, "model.py"))):
            if function.name in STEPS:
                assert count_lines(function) <= 50, (options, function.name)
    default = list_functions(ast.parse(render_file({}, "model.py")))
    assert {function.name for function in default} >= STEPS


def test_previews_import_neither_keras_nor_copier():
    for name in ("questions", "combinations", "template", "errors", "render"):
        source = (
            template_root() / "generator" / "trainstep" / f"{name}.py"
        ).read_text()
        imports = re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)
        assert not set(imports) & {"keras", "jax", "copier"}
