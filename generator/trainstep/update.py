"""Changes options of a project that was edited, or moves it to another version."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trainstep import git
from trainstep.answers_file import (
    ANSWERS_FILE,
    Record,
    find_version,
    format_record,
    read_record,
)
from trainstep.base import find_base
from trainstep.diff import diff_files
from trainstep.errors import OptionError, TemplateError
from trainstep.merging import Change, Files, merge
from trainstep.questions import Answer, Options, change
from trainstep.render import render_files

PATCH = Path("trainstep-update.patch")
"""Where the patch is kept that undoes an update outside git."""


@dataclass(frozen=True)
class Update:
    """What an update changes in a project. Paths are relative to its folder.

    Attributes:
        project: The project's folder.
        answers: The answers before and after, by option, where they differ; `None`
            stands for a question that is not asked.
        changes: What becomes of the files, by path.
        saved: Where the user's `network.py` is kept as it was, if it is.
    """

    project: Path
    answers: dict[str, tuple[Answer | None, Answer | None]]
    changes: dict[str, Change]
    saved: str = ""

    @property
    def conflicts(self) -> dict[str, list[int]]:
        """The lines at which conflicts are marked, by path."""
        lines = {name: change.conflicts for name, change in self.changes.items()}
        return {name: numbers for name, numbers in lines.items() if numbers}

    @property
    def patches(self) -> dict[str, str]:
        """By path, the unified diff of each file. Joined, they are a patch."""
        changes = self.changes.items()
        before = {n: c.before for n, c in changes if c.before is not None}
        after = {n: c.after for n, c in changes if c.after is not None}
        return diff_files(before, after)


def plan(project: Path, changes: Options, base: Path | None = None) -> Update:
    """Finds what an update would change in a project, and changes nothing.

    Args:
        project: The project's folder.
        changes: New answers by option.
        base: The folder of a project that was emitted with the same answers by the
            version of the template that made this one; not needed at that version.

    Returns:
        What would change. Conflicts are marked in the texts.

    Raises:
        OptionError: If an answer is not allowed, does not apply, or cannot change.
        TemplateError: If the project cannot be updated.
        RenderError: If the template is at fault.
    """
    project = project.absolute()
    record = read_record(project)
    old = find_base(project, record, base)
    after = change(record.answers, changes)
    _check_package(record.answers, after)
    new = render_files(after)
    current = _read_files(project, {*old, *new})
    files = merge(old, current, new)
    updated = format_record(Record(after, record.source, find_version()))
    before = (project / ANSWERS_FILE).read_text("utf-8")
    if before != updated:
        files[str(ANSWERS_FILE)] = Change("changed", before, updated)
    saved = _save_network(project, record.answers, after, old, files)
    return Update(project, _compare(record.answers, after), _sort(files), saved)


def carry_out(update: Update) -> str:
    """Writes what an update changes.

    Returns:
        The command that undoes it, in the project's folder.

    Raises:
        TemplateError: If something is not committed to git, or cannot be written.
    """
    project, changes = update.project, dict(update.changes)
    undo = "git restore . && git clean -fd ."
    if not git.tracks(project / ANSWERS_FILE):
        undo = f"git apply -R {PATCH}"
        patch = "".join(update.patches.values())
        changes[str(PATCH)] = Change("added", None, patch)
    elif obstacle := git.find_obstacle(project):
        raise TemplateError(f"Nothing was changed: {obstacle}.")
    try:
        for name, file in changes.items():
            _write(project / name, file)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        raise TemplateError(f"{reason}. Undo the update with `{undo}`.") from error
    return undo


def _check_package(before: Options, after: Options) -> None:
    if after["package_name"] != before["package_name"]:
        raise OptionError(
            "package_name cannot be changed by an update, which would emit a second "
            "package and delete yours: rename the package by hand."
        )


def _read_files(project: Path, names: Iterable[str]) -> dict[str, str]:
    try:
        return {
            name: (project / name).read_bytes().decode(errors="surrogateescape")
            for name in names
            if (project / name).exists()
        }
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        raise TemplateError(f"Nothing was changed: {reason}.") from error


def _save_network(
    project: Path, before: Options, after: Options, old: Files, files: dict[str, Change]
) -> str:
    """Keeps an edited network beside the one of another algorithm."""
    network = f"src/{after['package_name']}/network.py"
    algorithm = before.get("algorithm")
    changed = files.get(network)
    if algorithm == after.get("algorithm") or not changed:
        return ""
    if changed.before is None or changed.before == old.get(network):
        return ""
    stem = network.replace(".py", f"_{algorithm}")
    numbered = (f"{stem}_{number}.py" for number in itertools.count(2))
    names = itertools.chain([f"{stem}.py"], numbered)
    name = next(name for name in names if not (project / name).exists())
    files[name] = Change("added", None, changed.before)
    return name


def _compare(
    before: Options, after: Options
) -> dict[str, tuple[Answer | None, Answer | None]]:
    return {
        name: (before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


def _sort(files: dict[str, Change]) -> dict[str, Change]:
    return dict(sorted(files.items()))


def _write(path: Path, file: Change) -> None:
    if file.after is None:
        path.unlink()
    elif file.after != file.before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.after.encode(errors="surrogateescape"))
