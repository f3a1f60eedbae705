"""What can go wrong with what a user asks for. Each message is one clear line."""

import difflib
from collections.abc import Iterable

LONGEST = 1000
"""Of a longer message, the middle is left out."""


class TrainstepError(Exception):
    """Base class of the errors that this package raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class OptionError(TrainstepError):
    """An option that does not exist, does not apply, or has no such choice."""


class TemplateError(TrainstepError):
    """A template or a file of it that is not there, or a destination in use."""


class VerificationError(TrainstepError):
    """An emitted model that does not do what it promises."""


class RenderError(TrainstepError):
    """The template, Copier or its git failed where the user asked nothing wrong."""


class CheckError(TrainstepError):
    """A check that cannot begin: nothing to check, or something that it needs."""


def quote(text: str) -> str:
    """Quotes what a user typed, cut short where it is long."""
    quoted = repr(text)
    return quoted if len(quoted) <= 62 else f"{quoted[:58]}...{quoted[-1]}"


def one_line(message: str) -> str:
    """Writes a message, whatever text it quotes, as one line that can be read."""
    if len(message) > LONGEST:
        message = f"{message[: LONGEST // 2]} ... {message[-LONGEST // 2 :]}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Names what can stand in a word's place, and first what is spelled like it."""
    allowed = list(allowed)
    near = difflib.get_close_matches(word, allowed, n=1)
    question = f"Did you mean {near[0]}? " if near else ""
    return f"{question}Choose from: {', '.join(allowed)}."
