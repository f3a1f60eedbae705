"""Asks for what is not given, as Copier asks it."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import copier
import jinja2
from copier.errors import CopierError, CopierWarning

from trainstep.errors import OptionError, RenderError
from trainstep.questions import Answer, Options
from trainstep.template import template_root


def ask(given: Options, dest: Path) -> dict[str, Answer]:
    """Asks for all answers that are not given.

    Args:
        given: Answers by option, each allowed.
        dest: The project's folder, in which nothing is written.

    Returns:
        The answers by option.

    Raises:
        OptionError: If an answer does not apply after those that were asked for.
        RenderError: If Copier fails.
    """
    with _short_failures():
        worker = copier.run_copy(
            str(template_root()),
            dest,
            data=dict(given),
            vcs_ref="HEAD",
            pretend=True,
            overwrite=True,
            quiet=True,
        )
    if unused := worker.answers.hidden.intersection(given):
        names = ", ".join(sorted(unused))
        raise OptionError(f"{names} does not apply after the other answers.")
    hidden = worker.answers.hidden
    return {n: a for n, a in worker.answers.user.items() if n not in hidden}


@contextlib.contextmanager
def _short_failures() -> Iterator[None]:
    """Lets Copier fail in one line."""
    try:
        with warnings.catch_warnings():
            # What they warn of, `new` says in one line.
            warnings.simplefilter("ignore", CopierWarning)
            yield
    except KeyboardInterrupt:
        raise
    except (CopierError, OSError, ValueError, jinja2.TemplateError) as error:
        raise RenderError(f"Copier failed: {' '.join(str(error).split())}") from error
