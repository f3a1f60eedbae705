"""A whole project as one notebook, for Jupyter, Colab, Kaggle or VS Code."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from trainstep.bundle.project import Project, quote_requirement
from trainstep.bundle.script import name_file
from trainstep.parsed_module import Module
from trainstep.single_module import Merged, arrange_modules

Cell = dict[str, Any]
STEP = "## The step"
"""The README's section that explains the step, before the module `model`."""
TRAIN_TEXT = """\
## Train

Flags go into the list: `parse_flags(["--epochs", "5"])` trains for five epochs."""
TRAIN = "flags = parse_flags([])\ntrain(flags)"
SHOW = """\
import IPython.display

for picture in sorted(flags.output_dir.glob("*.png")):
    IPython.display.display(IPython.display.Image(picture))"""
NEEDED, ASSIGNED = {"parse_flags", "train"}, {"IPython", "flags", "picture"}
"""The names of the project that these cells use, and those that they assign."""


def write_notebook(project: Project) -> str:
    """Writes a notebook that explains and trains the model, and shows its pictures.

    Its first code cell installs what the project needs.

    Raises:
        ValueError: If the project's modules cannot be merged, or lack what trains the
            model.
    """
    start = f"{project.package}.train"
    merged = arrange_modules(project.sources, start, keep_main=False)
    _check_names(merged.modules, start)
    cells = [*_open(project, merged), *_explain(project, merged), *_close()]
    filled = [cell for cell in cells if cell["source"]]
    numbered = [{"id": f"cell-{n}", **cell} for n, cell in enumerate(filled, start=1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _check_names(modules: list[Module], start: str) -> None:
    names = {module.name: module.names for module in modules}
    if missing := sorted(NEEDED - names.get(start, set())):
        raise ValueError(f"{start} does not define {' and '.join(missing)}.")
    for module in modules:
        bound = {found.bound for found in module.imports}
        for name in sorted((module.names | bound) & ASSIGNED):
            raise ValueError(
                f"{module.name} has a name that the notebook needs: {name}."
            )


def _open(project: Project, merged: Merged) -> Iterator[Cell]:
    """Yields the title, and what must run before all else."""
    yield _make_text(project.readme.partition("\n## ")[0] or f"# {project.package}")
    packages = map(quote_requirement, project.requirements)
    yield _make_code(" \\\n    ".join(["%pip install --quiet", *packages]))
    yield _make_code(merged.header)


def _explain(project: Project, merged: Merged) -> Iterator[Cell]:
    """Yields the modules, each below what it is about."""
    for module in merged.modules:
        if module.name == f"{project.package}.model":
            yield _make_text(_find_section(project.readme, STEP))
        yield _make_text(f"## `{name_file(module)}`\n\n{module.description}")
        yield _make_code(module.code)


def _close() -> Iterator[Cell]:
    """Yields what trains the model, and shows how it went."""
    yield _make_text(TRAIN_TEXT)
    yield _make_code(TRAIN)
    yield _make_text("## Pictures")
    yield _make_code(SHOW)


def _find_section(text: str, heading: str) -> str:
    """Finds a section of a Markdown text, with its heading; empty if it has none."""
    lines = text.splitlines()
    fences = itertools.accumulate(line.startswith("```") for line in lines)
    heads = [
        number
        for number, (line, fence) in enumerate(zip(lines, fences, strict=True))
        if line.startswith("## ") and fence % 2 == 0
    ]
    for start, end in itertools.pairwise([*heads, len(lines)]):
        if lines[start] == heading:
            return "\n".join(lines[start:end]).strip()
    return ""


def _make_text(text: str) -> Cell:
    source = text.strip().splitlines(keepends=True)
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _make_code(code: str) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": code.splitlines(keepends=True),
    }
