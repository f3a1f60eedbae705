"""Finds a project as it was emitted, from which an update starts."""

import re
import shlex
from pathlib import Path

from trainstep.answers_file import ANSWERS_FILE, Record, find_version, read_record
from trainstep.errors import TemplateError
from trainstep.merging import Files
from trainstep.render import render_files


def find_base(project: Path, record: Record, base: Path | None) -> Files:
    """Finds the files of a project as they were emitted.

    Args:
        project: The project's folder.
        record: What the project records.
        base: The folder of the same project as it was emitted, if there is one.

    Raises:
        OptionError: If a recorded answer is not allowed by this template.
        TemplateError: If the folder does not hold that project, or if there is none
            and the project is of another version than this template. The message
            says how to make one.
    """
    if base is None:
        _check_version(project, record)
        return render_files(record.answers)
    emitted = read_record(base)
    if (emitted.answers, emitted.version) != (record.answers, record.version):
        raise TemplateError(
            f"{base} was not emitted with the answers and the version that "
            f"{ANSWERS_FILE} records in {project}."
        )
    paths = [path.relative_to(base) for path in base.rglob("*") if path.is_file()]
    return {
        path.as_posix(): (base / path).read_text("utf-8")
        for path in paths
        if path != ANSWERS_FILE and not {".git", "__pycache__"} & {*path.parts}
    }


def _check_version(project: Path, record: Record) -> None:
    version = find_version()
    if record.version == version != "":
        return
    unknown = "an unknown version"
    base = shlex.quote(f"../{project.name}-{record.version or 'base'}")
    raise TemplateError(
        f"{project} was made by {record.version or unknown} of the template, and this "
        f"is {version or unknown}. In its folder, emit it again as it was, with "
        f"{_word_commands(record, base)}; then move it to this version with "
        f"`trainstep update --base {base}`."
    )


def _word_commands(record: Record, base: str) -> str:
    """Writes the commands that emit a project by the version that made it."""
    if release := re.fullmatch(r"v(\d+(\.\d+)*\w*)", record.version):
        package = f"trainstep=={release[1]}"
        new = f"trainstep new {base} --defaults --project ."
        bin_folder = f"{base}-venv/bin"
        install = f"python3 -m venv {base}-venv && {bin_folder}/pip install {package}"
        return f"`uvx --from {package} {new}` or `{install} && {bin_folder}/{new}`"
    commit = f"--vcs-ref {shlex.quote(record.version)} " if record.version else ""
    source = shlex.quote(record.source)
    copy = f"copier copy --defaults --data-file {ANSWERS_FILE}"
    return f"`{copy} {commit}{source} {base}`"
