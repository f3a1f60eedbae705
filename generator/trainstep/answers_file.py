"""What a project records of its making: the answers, the template and its version."""

import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from trainstep import git
from trainstep.errors import TemplateError
from trainstep.questions import Answer, Options
from trainstep.template import TEMPLATE_VARIABLE, environment, template_root

ANSWERS_FILE = Path(".copier-answers.yml")
ANSWERS_TEMPLATE = "template/project/{{ _copier_conf.answers_file }}.jinja"


@dataclass(frozen=True)
class Record:
    """What a project records of its making.

    Attributes:
        answers: The answers by option.
        source: The template's URL or path, for Copier; `trainstep` where it is only
            known to be this package's.
        version: The template's version, as git describes it; empty if not known.
    """

    answers: Options
    source: str
    version: str


def read_record(project: Path) -> Record:
    """Reads what a project records.

    Raises:
        TemplateError: If there is no such record.
    """
    try:
        text = (project / ANSWERS_FILE).read_text("utf-8")
        values = dict(yaml.safe_load(text))
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise TemplateError(
            f"{project} is not a project of this template: "
            f"it holds no {ANSWERS_FILE} that can be read."
        ) from error
    return Record(
        answers={str(n): _to_answer(v) for n, v in values.items() if str(n)[0] != "_"},
        source=str(values.get("_src_path", "")),
        version=str(values.get("_commit", "")),
    )


def format_record(record: Record) -> str:
    """Writes a record as Copier does."""
    version = {"_commit": record.version} if record.version else {}
    values = {**record.answers, **version, "_src_path": record.source}
    template = environment().get_template(ANSWERS_TEMPLATE)
    return template.render(_copier_answers=values)


def find_source() -> str:
    """Finds what a project made now records as its template."""
    root = template_root()
    return str(root) if (root / ".git").exists() else "trainstep"


def find_version() -> str:
    """Finds the version of the template, as git would describe it; empty if not known.

    A checkout has that of its last commit, and this package's template that of the
    package. Any other folder that the environment names has none.
    """
    root = template_root()
    if (root / ".git").exists():
        return git.run(root, "describe", "--tags", "--always").strip()
    if os.environ.get(TEMPLATE_VARIABLE):
        return ""
    return f"v{metadata.version('trainstep')}"


def _to_answer(value: Any) -> Answer:
    if isinstance(value, bool):
        return value
    return "" if value is None else str(value)
