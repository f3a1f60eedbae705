"""Runs Copier, so that a project can be emitted without anything being overwritten."""

import contextlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import copier
import jinja2
from copier.errors import CopierError, CopierWarning

from trainstep import git
from trainstep.answers_file import ANSWERS_FILE
from trainstep.errors import OptionError, RenderError, TemplateError
from trainstep.questions import Options
from trainstep.template import template_root


def copy(
    answers: Options, dest: Path, *, ask: bool = False, template: Path | None = None
) -> None:
    """Emits a project, as the template's working tree has it.

    Where the template is a git checkout, Copier takes what is checked out (HEAD),
    uncommitted changes included, and not the latest tag.

    Args:
        answers: Answers by option, each allowed.
        dest: The project's folder, which must not hold any of its files yet.
        ask: Whether to ask for the other answers; their defaults are taken if not.
        template: The folder of `copier.yml`, by default this package's template.

    Raises:
        OptionError: If an answer does not apply after those that were asked for.
        TemplateError: If a file would be overwritten or cannot be written.
        RenderError: If Copier fails.
    """
    template = (template or template_root()).resolve()
    dest = dest.absolute()
    _check_free(dest, [ANSWERS_FILE])
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "project"
        _run_copier(template, stage, answers, ask)
        files = [p.relative_to(stage) for p in stage.rglob("*") if not p.is_dir()]
        _check_free(dest, files)
        _write(files, stage, dest)


def find_update_obstacle(template: Path | None = None) -> str:
    """Says why Copier cannot update a project emitted now; empty where it can.

    Args:
        template: The folder of `copier.yml`, by default this package's template.
    """
    template = (template or template_root()).resolve()
    if not (template / ".git").exists():
        return f"the template in {template} is no git checkout"
    return git.find_obstacle(template)


@contextlib.contextmanager
def short_failures() -> Iterator[None]:
    """Lets Copier fail in one line.

    Raises:
        RenderError: If it fails.
    """
    try:
        with warnings.catch_warnings():
            # What they warn of, find_update_obstacle() tells in one line.
            warnings.simplefilter("ignore", CopierWarning)
            yield
    except KeyboardInterrupt:
        raise
    except (CopierError, OSError, ValueError, jinja2.TemplateError) as error:
        raise RenderError(f"Copier failed: {' '.join(str(error).split())}") from error


def _run_copier(template: Path, stage: Path, answers: Options, ask: bool) -> None:
    with short_failures():
        worker = copier.run_copy(
            str(template),
            stage,
            data=dict(answers),
            vcs_ref="HEAD",
            defaults=not ask,
            quiet=True,
        )
    unused = worker.answers.hidden.intersection(answers)
    if unused:
        raise OptionError(
            f"{', '.join(sorted(unused))} does not apply after the other answers."
        )


def _check_free(dest: Path, files: Iterable[Path]) -> None:
    if os.path.lexists(dest) and not dest.is_dir():
        raise TemplateError(f"{dest} is no folder: choose another destination.")
    taken = {file for file in files if os.path.lexists(dest / file)}
    for folder in {folder for file in files for folder in file.parents}:
        if os.path.lexists(dest / folder) and not (dest / folder).is_dir():
            taken.add(folder)
    if taken:
        names = ", ".join(sorted(map(str, taken)))
        raise TemplateError(
            f"Nothing was written: {dest} already holds {names}. "
            "Choose another destination."
        )


def _write(files: Iterable[Path], stage: Path, dest: Path) -> None:
    try:
        for file in files:
            (dest / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(stage / file, dest / file)
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}"
        raise TemplateError(f"The project cannot be written: {reason}.") from error
