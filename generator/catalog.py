"""The options, as `copier.yml` lists them, and every valid combination of them."""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

from generator.errors import OptionError

Answer = str | bool
Options = Mapping[str, Answer]

FIRST_STEP_QUESTION = "task"
"""From this question on, the answers shape code; those before shape the project."""


@dataclass(frozen=True)
class Question:
    """A question of `copier.yml`.

    Attributes:
        name: The option that the answer sets.
        help: What the answer changes, in a sentence or two.
        choices: The allowed answers; empty where any text will do.
        default: The answer where none is given; for a text, a Jinja template.
        when: The condition under which the question is asked, a Jinja template.
    """

    name: str
    help: str
    choices: tuple[Answer, ...]
    default: Answer
    when: str

    @property
    def listing(self) -> str:
        """The choices as one types them, in one line."""
        return ", ".join(map(format_answer, self.choices)) or "text"

    @property
    def condition(self) -> str:
        """The condition under which the question is asked, as an expression."""
        return "always" if self.when == "True" else self.when.strip("{} ")

    def applies(self, options: Options) -> bool:
        """Tells whether the question is asked after the answers before it."""
        return environment().from_string(self.when).render(options) == "True"

    def parse(self, answer: Answer) -> Answer:
        """Turns an answer, typed or as a value, into one of the choices.

        Raises:
            OptionError: If it is none of them.
        """
        typed = format_answer(answer)
        if not self.choices:
            return typed
        for choice in self.choices:
            if typed == format_answer(choice):
                return choice
        raise OptionError(f"{self.name} cannot be {typed!r}: choose {self.listing}.")


def format_answer(answer: Answer) -> str:
    """Writes an answer as one types it, a boolean as `true` or `false`."""
    return str(answer).lower() if isinstance(answer, bool) else answer


@functools.cache
def template_root() -> Path:
    """Finds the folder that holds `copier.yml`: a checkout's root, or an installed
    package's own folder."""
    package = Path(__file__).resolve().parent
    folders = (package.parent, package)
    return next(folder for folder in folders if (folder / "copier.yml").exists())


@functools.cache
def environment() -> jinja2.Environment:
    """Makes the Jinja environment that `copier.yml` asks Copier for."""
    settings = dict(_load()["_envops"])
    assert settings.pop("undefined") == "jinja2.StrictUndefined"
    loader = jinja2.FileSystemLoader(template_root())
    jinja = jinja2.Environment(
        loader=loader, undefined=jinja2.StrictUndefined, **settings
    )
    jinja.filters["regex_replace"] = _regex_replace
    return jinja


@functools.cache
def questions() -> tuple[Question, ...]:
    """Reads the questions, in the order in which Copier asks them."""
    return tuple(
        Question(
            name=name,
            help=details["help"],
            choices=_read_choices(details),
            default=details["default"],
            when=str(details.get("when", True)),
        )
        for name, details in _load().items()
        if not name.startswith("_")
    )


def step_questions() -> tuple[Question, ...]:
    """Lists the questions whose answers shape code."""
    names = [question.name for question in questions()]
    return questions()[names.index(FIRST_STEP_QUESTION) :]


def resolve(options: Options) -> dict[str, Answer]:
    """Completes options with the defaults of those left out.

    Args:
        options: Answers by option; a boolean may be written `"true"` or `"false"`.

    Returns:
        The answers to all questions that apply, in the order of `copier.yml`.

    Raises:
        OptionError: If an option does not exist, has no such choice, or does not
            apply after the others.
    """
    known = {question.name for question in questions()}
    for name in options:
        if name not in known:
            raise OptionError(
                f"There is no option {name!r}: choose {', '.join(sorted(known))}."
            )
    answers: dict[str, Answer] = {}
    for question in questions():
        if question.applies(answers):
            answers[question.name] = _answer(question, options, answers)
        elif question.name in options:
            raise OptionError(
                f"{question.name} does not apply here: it is asked only when "
                f"{question.condition}. Those that apply: {', '.join(answers)}."
            )
    return answers


def combinations() -> Iterator[dict[str, Answer]]:
    """Yields every valid combination of the options that shape code.

    Yields:
        The answers to the step's questions that apply, by option.
    """
    yield from _combine({}, step_questions())


def _combine(
    options: dict[str, Answer], left: Sequence[Question]
) -> Iterator[dict[str, Answer]]:
    if not left:
        yield options
        return
    question, *left = left
    if not question.applies(options):
        yield from _combine(options, left)
        return
    for choice in question.choices:
        yield from _combine({**options, question.name: choice}, left)


def _answer(question: Question, options: Options, answers: Options) -> Answer:
    if question.name in options or question.choices:
        return question.parse(options.get(question.name, question.default))
    return environment().from_string(str(question.default)).render(answers)


def _read_choices(details: Mapping[str, Any]) -> tuple[Answer, ...]:
    if details["type"] == "bool":
        return (details["default"], not details["default"])
    return tuple(details.get("choices", ()))


@functools.cache
def _load() -> dict[str, Any]:
    text = (template_root() / "copier.yml").read_text(encoding="utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _regex_replace(text: str, pattern: str, replacement: str) -> str:
    """Stands in for the filter of that name that Copier brings."""
    return re.sub(pattern, replacement, text)


