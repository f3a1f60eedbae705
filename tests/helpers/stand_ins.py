"""What a project must hold: each text as it was typed, where its stand-in was."""

import re
import tomllib

from trainstep.questions import resolve
from trainstep.render import render_files

STAND_INS = {
    "project_name": "Stand-in for the name",
    "package_name": "stand_in_package",
    "description": "Stand-in for the description",
    "author_name": "Stand-in for the author",
    "author_email": "stand@in",
}


def put_in(value, answers):
    """Puts the answers in the places of their stand-ins."""
    if isinstance(value, dict):
        return {put_in(k, answers): put_in(v, answers) for k, v in value.items()}
    if isinstance(value, list):
        return [put_in(item, answers) for item in value]
    if not isinstance(value, str):
        return value
    names = {text: name for name, text in STAND_INS.items()}
    return re.sub("|".join(names), lambda found: answers[names[found[0]]], value)


def expect_files(options):
    """Renders a project of stand-ins, then puts the texts in; pyproject.toml parsed."""
    answers = resolve(options)
    stand_ins = {name: text for name, text in STAND_INS.items() if answers[name]}
    files = render_files({**answers, **stand_ins})
    files["pyproject.toml"] = tomllib.loads(files["pyproject.toml"])
    return put_in(files, answers)
