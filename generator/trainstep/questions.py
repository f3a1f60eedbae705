"""The options, as `copier.yml` lists them, and what may answer them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainstep.errors import OptionError, quote, suggest
from trainstep.template import fill, read_config

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
        validator: What is wrong with the answer, a Jinja template: nothing where
            it is right.
    """

    name: str
    help: str
    choices: tuple[Answer, ...]
    default: Answer
    when: str
    validator: str

    @property
    def default_text(self) -> str:
        """The answer where nothing at all is given, as one types it."""
        return format_answer(_defaults().get(self.name, self.default))

    @property
    def condition(self) -> str:
        """The condition under which the question is asked, as an expression."""
        return "always" if self.when == "True" else self.when.strip("{} ")

    def applies(self, options: Options) -> bool:
        """Tells whether the question is asked after the answers before it."""
        return fill(self.when, options) == "True"

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
        choices = suggest(typed, map(format_answer, self.choices))
        raise OptionError(f"{self.name} cannot be {quote(typed)}. {choices}")

    def check(self, answers: Options) -> None:
        """Checks the question's answer as Copier does, after the answers before it.

        Raises:
            OptionError: If the answer is not what the question asks for.
        """
        problem = " ".join(fill(self.validator, answers).split())
        if problem:
            raise OptionError(f"{self.name}: {problem}")


def format_answer(answer: Answer) -> str:
    """Writes an answer as one types it, a boolean as `true` or `false`."""
    return str(answer).lower() if isinstance(answer, bool) else answer


@functools.cache
def questions() -> tuple[Question, ...]:
    """Reads the questions, in the order in which Copier asks them."""
    return tuple(
        Question(
            name=name,
            help=" ".join(details["help"].split()),
            choices=_read_choices(details),
            default=details["default"],
            when=str(details.get("when", True)),
            validator=details.get("validator", ""),
        )
        for name, details in read_config().items()
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
        OptionError: If an option does not exist, has no such choice, is not what
            the question asks for, or does not apply after the others.
    """
    known = [question.name for question in questions()]
    for name in options:
        if name not in known:
            raise OptionError(
                f"There is no option {quote(name)}. {suggest(name, known)}"
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


def change(options: Options, changes: Options) -> dict[str, Answer]:
    """Changes some options, as Copier's update does.

    Args:
        options: Answers by option; those left out take their defaults.
        changes: New answers by option. What no longer applies after them falls away.

    Returns:
        The answers to all questions that apply, in the order of `copier.yml`.

    Raises:
        OptionError: As from `resolve()`, for the options and for the changes.
    """
    answers = {**resolve(options), **changes}
    hidden = {q.name for q in questions() if not q.applies(answers)}
    dropped = hidden.difference(changes)
    return resolve({name: a for name, a in answers.items() if name not in dropped})


@functools.cache
def _defaults() -> Options:
    return resolve({})


def _answer(question: Question, options: Options, answers: Options) -> Answer:
    if question.name in options or question.choices:
        answer = question.parse(options.get(question.name, question.default))
    else:
        answer = fill(str(question.default), answers)
    question.check({**answers, question.name: answer})
    return answer


def _read_choices(details: Mapping[str, Any]) -> tuple[Answer, ...]:
    if details["type"] == "bool":
        return (details["default"], not details["default"])
    return tuple(details.get("choices", ()))
