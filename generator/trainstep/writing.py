"""Writes a new project into a folder, in which nothing is overwritten."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from trainstep import git
from trainstep.answers_file import (
    ANSWERS_FILE,
    Record,
    find_source,
    find_version,
    format_record,
)
from trainstep.errors import TemplateError
from trainstep.questions import Options, resolve
from trainstep.render import render_files
from trainstep.template import template_root


def render_project(options: Options, dest: Path | str, source: str = "") -> None:
    """Writes the project that the options ask for, as Copier would.

    Args:
        options: Answers by option; those left out take their defaults.
        dest: The project's folder, which must not hold any of its files yet.
        source: The template's URL, recorded for `copier update`.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
        TemplateError: If a file would be overwritten or cannot be written.
        RenderError: If the template is at fault, such as by a missing part.
    """
    answers, dest = resolve(options), Path(dest)
    files = render_recorded(Record(answers, source or find_source(), find_version()))
    check_free(dest, files)
    try:
        _write(files, dest)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        raise TemplateError(f"The project cannot be written: {reason}.") from error


def render_recorded(record: Record) -> dict[str, str]:
    """Renders all files of a project, its record too: texts by path."""
    return {**render_files(record.answers), str(ANSWERS_FILE): format_record(record)}


def find_update_obstacle() -> str:
    """Says why the version that a project records may not be it; empty if it is."""
    root = template_root()
    return git.find_obstacle(root) if (root / ".git").exists() else ""


def check_free(dest: Path, files: Iterable[str]) -> None:
    """Makes sure that none of some files is in a folder already.

    Args:
        dest: The folder.
        files: The paths of the files in it.

    Raises:
        TemplateError: If one is, or if the folder is a file.
    """
    if os.path.lexists(dest) and not dest.is_dir():
        raise TemplateError(f"{dest} is a file: choose another destination.")
    taken = {file for file in map(Path, files) if os.path.lexists(dest / file)}
    for folder in {folder for file in map(Path, files) for folder in file.parents}:
        if os.path.lexists(dest / folder) and not (dest / folder).is_dir():
            taken.add(folder)
    if taken:
        names = ", ".join(sorted(map(str, taken)))
        raise TemplateError(
            f"Nothing was written: {dest} already holds {names}. "
            "Choose another destination."
        )


def _write(files: Mapping[str, str], dest: Path) -> None:
    for name, text in files.items():
        (dest / name).parent.mkdir(parents=True, exist_ok=True)
        (dest / name).write_bytes(text.encode())
