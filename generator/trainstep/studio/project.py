"""Describes the project that the options on the page ask for."""

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from trainstep.answers_file import ANSWERS_FILE, Record
from trainstep.diff import count_lines, diff_files, summarize
from trainstep.questions import (
    Answer,
    Options,
    Question,
    complete,
    entries,
    examine,
    format_answer,
    questions,
    resolve,
    step_questions,
)
from trainstep.render import render_files
from trainstep.studio.origin import find_origin
from trainstep.studio.views import list_views
from trainstep.writing import render_recorded

GROUPS = ("The training step", "The project")


def describe(options: Options, before: Options | None = None) -> dict[str, Any]:
    """Describes the questions and, where all answers are allowed, the project.

    Args:
        options: Answers by option, as one types them, whether or not they apply.
        before: The options of the project that the page shows, for what changes.

    Returns:
        What the page shows, of what JSON can hold.
    """
    answers, problems = examine(options)
    context = complete(answers)
    reply: dict[str, Any] = {
        "questions": [
            _describe_question(question, context, problems) for question in questions()
        ],
        "unused": [text for name, text in problems.items() if name not in answers],
        "valid": problems.keys().isdisjoint(answers),
    }
    if reply["valid"]:
        files = render_all(answers)
        patches = {} if before is None else _list_patches(before, files)
        reply.update(_describe_project(answers), files=files)
        reply.update(_describe_changes(patches))
    return reply


def name_folder(answers: Options) -> str:
    """Names the project's folder."""
    return str(answers["package_name"]).replace("_", "-")


def render_all(options: Options) -> dict[str, str]:
    """Renders all files of the project, as `trainstep new` writes them."""
    origin = find_origin()
    return render_recorded(Record(resolve(options), origin.source, origin.version))


def _describe_question(
    question: Question, context: Options, problems: Mapping[str, str]
) -> dict[str, Any]:
    applies = question.applies(context)
    objections = question.find_objections(context) if applies else {}
    return {
        "name": question.name,
        "help": question.help,
        "group": GROUPS[question not in step_questions()],
        "condition": question.condition,
        "applies": applies,
        "answer": format_answer(context[question.name]),
        "default": format_answer(question.fill_default(context)),
        "choices": [format_answer(choice) for choice in question.choices],
        "objections": {format_answer(c): text for c, text in objections.items()},
        "problem": problems.get(question.name, "") if applies else "",
    }


def _describe_project(answers: Options) -> dict[str, Any]:
    package = answers["package_name"]
    return {
        "first": f"src/{package}/model.py",
        "views": list_views(answers),
        "link": urlencode(_list_changed(answers, "my-model"), quote_via=quote),
        "commands": _write_commands(answers),
    }


def _list_patches(before: Options, files: Mapping[str, str]) -> dict[str, str]:
    """Lists the patches from a project's files to others, without the record."""
    old = render_files(examine(before)[0])
    new = {name: text for name, text in files.items() if name != str(ANSWERS_FILE)}
    return diff_files(old, new)


def _describe_changes(patches: Mapping[str, str]) -> dict[str, Any]:
    """Says what changes in each file: the patch, and how many lines."""
    changes = {}
    for name, patch in patches.items():
        added, removed = count_lines(patch)
        changes[name] = {"patch": patch, "added": added, "removed": removed}
    return {"changes": changes, "summary": summarize(patches)}


def _list_changed(answers: Options, folder: str) -> dict[str, str]:
    """Lists the answers that are not the defaults of a project in that folder."""
    context: dict[str, Answer] = {"_folder_name": folder}
    changed = {}
    for question in entries():
        default = question.fill_default(context)
        answer = context[question.name] = answers.get(question.name, default)
        if answer != default:
            changed[question.name] = format_answer(answer)
    return changed


def _write_commands(answers: Options) -> dict[str, str]:
    """Writes the command lines that emit the project, by the command's name."""
    folder, origin = name_folder(answers), find_origin()
    changed = _list_changed(answers, folder)
    flags = [word for name in changed for word in (_name_flag(name), changed[name])]
    data = [w for name in changed for w in ("--data", f"{name}={changed[name]}")]
    reference = ["--vcs-ref", origin.reference] if origin.reference else []
    copier = ["copier", "copy", "--defaults", *reference, *data, origin.place, folder]
    return {
        "trainstep": shlex.join(["trainstep", "new", folder, "--defaults", *flags]),
        "copier": shlex.join(copier),
    }


def _name_flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
