"""Changes options of a project that was edited, as `copier update` does."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import copier

from trainstep import git
from trainstep.answers_file import check_template, read_record
from trainstep.copying import short_failures
from trainstep.errors import OptionError, RenderError, TemplateError
from trainstep.questions import Answer, Options, change, resolve
from trainstep.render import render_files

MARKER = "<<<<<<< before updating"


@dataclass(frozen=True)
class Update:
    """What an update did to a project. Paths are relative to its folder.

    Attributes:
        answers: The answers before and after, by option, where they differ; `None`
            stands for a question that is not asked.
        files: The files that were `changed`, `added` or `removed`, those `kept` that
            the new options do not emit, and those with a `conflict`, by path.
        conflicts: The lines at which conflicts are marked, by path.
    """

    answers: dict[str, tuple[Answer | None, Answer | None]]
    files: dict[str, str]
    conflicts: dict[str, list[int]]


def update(project: Path, changes: Options) -> Update:
    """Changes options of a project, and merges what that changes into its files.

    The template's version stays as it is. Edited files that the new options do not
    emit are kept, which Copier alone would delete.

    Args:
        project: The project's folder, all committed to git.
        changes: New answers by option.

    Returns:
        What happened. Conflicts are marked in the files.

    Raises:
        OptionError: If an answer is not allowed, does not apply, or cannot change.
        TemplateError: If the project cannot be updated. It is as it was then.
        RenderError: If Copier fails, or the template's version lacks an option.
    """
    project = project.absolute()
    before, after = _plan(project, changes)
    if after == before:
        return Update({}, {}, {})
    obsolete = _find_obsolete(project, before, after)
    with short_failures():
        copier.run_update(
            project,
            data={name: after[name] for name in changes},
            vcs_ref=copier.VcsRef.CURRENT,
            defaults=True,
            overwrite=True,
            quiet=True,
        )
    _check_answers(project, after)
    _bring_back(project, obsolete)
    return _describe(project, before, after, obsolete)


def _plan(project: Path, changes: Options) -> tuple[Options, Options]:
    """Checks that the update can be done, and finds the answers before and after."""
    record = read_record(project)
    before = resolve({name: record[name] for name in record if name[0] != "_"})
    after = change(before, changes)
    if after["package_name"] != before["package_name"]:
        raise OptionError(
            "package_name cannot be changed by an update, which would emit the "
            "package anew and delete yours: rename the package by hand."
        )
    check_template(record)
    if obstacle := git.find_obstacle(project):
        raise TemplateError(f"Nothing was changed: {obstacle}.")
    return before, after


def _find_obsolete(project: Path, before: Options, after: Options) -> dict[str, bool]:
    """Finds files that the new options do not emit, and whether they were edited."""
    emitted, paths = render_files(before), render_files(after)
    return {
        name: (project / name).read_bytes() != text.encode()
        for name, text in emitted.items()
        if name not in paths and (project / name).is_file()
    }


def _check_answers(project: Path, after: Options) -> None:
    record = read_record(project)
    lacking = [name for name in after if record.get(name) != after[name]]
    if lacking:
        raise RenderError(
            f"Version {record['_commit']} of the template does not know what was asked "
            f"for {', '.join(lacking)}. Undo this with `git reset --hard`, and move to "
            "a newer version with `copier update`."
        )


def _bring_back(project: Path, obsolete: Mapping[str, bool]) -> None:
    for name, edited in obsolete.items():
        if edited and not (project / name).exists():
            git.run(project, "checkout", "HEAD", "--", name)


def _describe(
    project: Path, before: Options, after: Options, obsolete: Mapping[str, bool]
) -> Update:
    conflicts = {
        name: [
            number
            for number, line in enumerate(_read_lines(project / name), start=1)
            if line == MARKER
        ]
        for name in _list_changed(project, "--diff-filter=U")
    }
    files = {
        **dict.fromkeys(_list_changed(project, "HEAD"), "changed"),
        **dict.fromkeys(_list_changed(project, "HEAD", "--diff-filter=D"), "removed"),
        **dict.fromkeys(_list_new(project), "added"),
        **{name: "kept" for name in obsolete if (project / name).exists()},
        **dict.fromkeys(conflicts, "conflict"),
    }
    answers = {
        name: (before.get(name), after.get(name))
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }
    return Update(answers, dict(sorted(files.items())), conflicts)


def _list_changed(project: Path, *arguments: str) -> list[str]:
    names = git.run(project, "diff", "--name-only", "--relative", "-z", *arguments)
    return names.split("\0")[:-1]


def _list_new(project: Path) -> list[str]:
    names = git.run(project, "ls-files", "--others", "--exclude-standard", "-z")
    return names.split("\0")[:-1]


def _read_lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
