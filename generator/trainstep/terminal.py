"""How text looks on a terminal, and in a pipe."""

import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from trainstep.questions import Answer, Question, default_text, format_answer, questions

if TYPE_CHECKING:
    from trainstep.update import Update

WIDTH = 80


def write(text: str, file: str) -> None:
    """Prints a file's text: coloured on a terminal, byte for byte in a pipe.

    Args:
        text: The text.
        file: The name of the file, which tells its language.
    """
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if sys.stdout.isatty() and not plain:
        click.echo(_highlight(text, file), nl=False)
    else:
        click.echo(text.encode(errors="surrogateescape"), nl=False)


def format_options() -> str:
    """Lays out all options as a table."""
    indent = 2 + max(len(question.name) for question in questions())
    header = "OPTION".ljust(indent) + "CHOICES, WHAT THEY CHANGE, WHEN THEY ARE ASKED"
    return "\n\n".join([header, *(_format_row(q, indent) for q in questions())])


def format_update(update: "Update", undo: str) -> str:
    """Lays out what an update changed: the options, the files, how to undo it."""
    if not update.changes:
        return "The project already has these answers. Nothing was changed."
    answers = [
        f"{name}: {_format_answer(old)} -> {_format_answer(new)}"
        for name, (old, new) in update.answers.items()
    ]
    files = [f"  {file.what:<8}  {name}" for name, file in update.changes.items()]
    saved = [f"Your network.py as it was is in {update.saved}."] if update.saved else []
    return "\n".join([*answers, *files, *saved, f"To undo this: {undo}"])


def format_conflicts(conflicts: Mapping[str, Sequence[int]], undo: str) -> str:
    """Says in a line where conflicts are marked, and what to do about them.

    Args:
        conflicts: The numbers of the lines at which they are marked, by path.
        undo: The command that undoes the update; empty where nothing was written.
    """
    places = ", ".join(
        f"{file} (line {', '.join(map(str, lines))})"
        for file, lines in conflicts.items()
    )
    if not undo:
        return f"You and the update change the same lines, in {places}."
    return (
        f"You and the update changed the same lines. Both are in {places}: "
        f"edit and commit, or undo the update with `{undo}`."
    )


def _format_answer(answer: Answer | None) -> str:
    return "not asked" if answer is None else format_answer(answer)


def _format_row(question: Question, indent: int) -> str:
    lines = [_format_choices(question), question.help]
    if question.condition != "always":
        lines.append(f"Asked when {question.condition}.")
    wrapped = [
        textwrap.fill(
            line, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent
        )
        for line in lines
    ]
    return question.name.ljust(indent) + "\n".join(wrapped)[indent:]


def _format_choices(question: Question) -> str:
    default = default_text(question)
    if not question.choices:
        return f"text (default: {default or 'empty'})"
    others = [format_answer(choice) for choice in question.choices]
    others.remove(default)
    return ", ".join([f"{default} (default)", *others])


def _highlight(text: str, file: str) -> str:
    import pygments  # Only where there is a terminal: it takes its time.
    from pygments.formatters import TerminalFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename

    try:
        lexer = get_lexer_for_filename(file, stripnl=False)
    except pygments.util.ClassNotFound:
        lexer = TextLexer(stripnl=False)
    return str(pygments.highlight(text, lexer, TerminalFormatter()))
