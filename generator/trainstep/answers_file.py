"""What a project records of its making: the answers, the template and its version."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from trainstep import git
from trainstep.errors import TemplateError

ANSWERS_FILE = Path(".copier-answers.yml")

MEND = f"in {ANSWERS_FILE}, commit that, and update again."


def read_record(project: Path) -> dict[str, Any]:
    """Reads what a project records: its answers, its template and its version.

    Raises:
        TemplateError: If there is no such record.
    """
    try:
        text = (project / ANSWERS_FILE).read_text("utf-8")
        return dict(yaml.safe_load(text))
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise TemplateError(
            f"{project} is no project of this template: "
            f"it holds no {ANSWERS_FILE} that can be read."
        ) from error


def check_template(record: Mapping[str, Any]) -> None:
    """Checks that Copier will find the version of the template that is recorded.

    Args:
        record: What the project records.

    Raises:
        TemplateError: If it will not. The message says how to mend the record.
    """
    source, commit = record.get("_src_path", ""), record.get("_commit")
    path = Path(source).expanduser()
    local = path.is_absolute()
    if not local and not re.match(r"[\w.+-]+[:@]", source):
        raise TemplateError(
            f"The template was given by the relative path {source!r}, which leads "
            f"nowhere from here. Write its absolute path or URL as _src_path {MEND}"
        )
    if not commit:
        raise TemplateError(
            f"The template in {source} was no git checkout, so that its version is not "
            f"known. Make it one, and write its nearest commit as _commit {MEND}"
        )
    try:
        if local:
            git.run(path, "rev-parse", "--verify", f"{commit}^{{commit}}")
    except TemplateError as error:
        raise TemplateError(
            f"There is no commit {commit} in {path}: the template was moved, or it had "
            "uncommitted changes when it was copied. Write where it is as _src_path, "
            f"and the nearest commit as _commit {MEND}"
        ) from error
