"""The options, as `copier.yml` lists them, and what may answer them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainstep.errors import OptionError, quote, suggest
from trainstep.template import fill, read_config

Answer = str | bool
Options = Mapping[str, Answer]

FIRST_STEP_QUESTION = "algorithm"
"""From this question on, the answers shape code; those before shape the project."""


@dataclass(frozen=True)
class Question:
    """A question of `copier.yml`.

    Attributes:
        name: The option that the answer sets.
        help: What the answer changes, in a sentence or two.
        choices: The allowed answers; empty where any text will do.
        choice_validators: For each choice, what rules it out, a Jinja template:
            nothing where it may be chosen.
        default: The answer where none is given; for a text, a Jinja template.
        when: The condition under which the question is asked, a Jinja template.
        validator: What is wrong with the answer, a Jinja template: nothing where
            it is right.
    """

    name: str
    help: str
    choices: tuple[Answer, ...]
    choice_validators: tuple[str, ...]
    default: Answer
    when: str
    validator: str

    @property
    def default_text(self) -> str:
        """The answer where nothing at all is given, as one types it."""
        return format_answer(_defaults().get(self.name, self.default))

    @property
    def condition(self) -> str:
        """The condition under which the question is asked, in words."""
        if self.when == "True":
            return "always"
        name = self.when.strip("{} ")
        return next(entry.help for entry in entries() if entry.name == name)

    @property
    def computed(self) -> bool:
        """Whether the answer follows from those before it, and is never asked."""
        return self.when == "False"

    def fill_default(self, context: Options) -> Answer:
        """Returns the answer where none is given, after the answers before it."""
        if not isinstance(self.default, str):
            return self.default
        text = fill(self.default, context)
        return text == "True" if self.computed else text

    def applies(self, context: Options) -> bool:
        """Returns whether the question is asked after the answers before it."""
        return fill(self.when, context) == "True"

    def offers(self, context: Options) -> tuple[Answer, ...]:
        """Lists the choices that are allowed after the answers before it."""
        pairs = zip(self.choices, self.choice_validators, strict=True)
        return tuple(choice for choice, text in pairs if not _fill_line(text, context))

    def keeps(self, answers: Options, context: Options) -> bool:
        """Returns whether an answer, if there is one, is still one to this question."""
        answer = answers.get(self.name)
        offered = not self.choices or answer in self.offers(context)
        return self.applies(context) and offered

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
        if problem := _fill_line(self.validator, answers):
            raise OptionError(f"{self.name}: {problem}")
        answer = answers[self.name]
        if self.choices and answer not in self.offers(answers):
            reason = self.choice_validators[self.choices.index(answer)]
            choices = ", ".join(map(format_answer, self.offers(answers)))
            raise OptionError(
                f"{self.name} cannot be {quote(format_answer(answer))} here: "
                f"{_fill_line(reason, answers)} Choose from: {choices}."
            )


def format_answer(answer: Answer) -> str:
    """Writes an answer as one types it, a boolean as `true` or `false`."""
    return str(answer).lower() if isinstance(answer, bool) else answer


@functools.cache
def questions() -> tuple[Question, ...]:
    """Lists the questions that are asked, in Copier's order."""
    return tuple(entry for entry in entries() if not entry.computed)


@functools.cache
def entries() -> tuple[Question, ...]:
    """Reads all questions of `copier.yml`, those with computed answers too."""
    return tuple(
        Question(
            name=name,
            help=" ".join(details["help"].split()),
            choices=tuple(_read_choices(details)),
            choice_validators=tuple(_read_choices(details).values()),
            default=details["default"],
            when=str(details.get("when", True)),
            validator=details.get("validator", ""),
        )
        for name, details in read_config().items()
        if not name.startswith("_")
    )


def step_questions() -> tuple[Question, ...]:
    """Lists the questions that are asked and whose answers shape code."""
    return tuple(entry for entry in step_entries() if not entry.computed)


def step_entries() -> tuple[Question, ...]:
    """Lists the questions whose answers shape code, those with computed answers too."""
    names = [entry.name for entry in entries()]
    return entries()[names.index(FIRST_STEP_QUESTION) :]


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
    context: dict[str, Answer] = {}
    for question in entries():
        if question.applies(context):
            answers[question.name] = _answer(question, options, context)
        elif question.name in options:
            raise OptionError(
                f"{question.name} does not apply here: it is asked only when "
                f"{question.condition}. Those that apply: {', '.join(answers)}."
            )
        context[question.name] = answers.get(
            question.name, question.fill_default(context)
        )
    return answers


def complete(answers: Options) -> dict[str, Answer]:
    """Adds what Copier adds to the answers before it renders a file.

    Args:
        answers: The answers to all questions that apply.

    Returns:
        The answers, the defaults of the other questions, and the computed answers.
    """
    context: dict[str, Answer] = {}
    for question in entries():
        name = question.name
        context[name] = answers.get(name, question.fill_default(context))
    return context


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
    context = complete(answers)
    dropped = {q.name for q in questions() if not q.keeps(answers, context)}
    kept = answers.keys() - dropped | changes.keys()
    return resolve({name: a for name, a in answers.items() if name in kept})


@functools.cache
def _defaults() -> Options:
    return resolve({})


def _answer(question: Question, options: Options, context: Options) -> Answer:
    answer = question.fill_default(context)
    if question.name in options:
        answer = question.parse(options[question.name])
    question.check({**context, question.name: answer})
    return answer


def _read_choices(details: Mapping[str, Any]) -> dict[Answer, str]:
    """Reads the choices of a question, and what rules each of them out."""
    if details["type"] == "bool":
        return dict.fromkeys(
            (details["default"] is True, details["default"] is not True), ""
        )
    choices = details.get("choices", ())
    if not isinstance(choices, dict):
        return dict.fromkeys(choices, "")
    return {
        name: choice["validator"] if isinstance(choice, dict) else ""
        for name, choice in choices.items()
    }


def _fill_line(text: str, context: Options) -> str:
    return " ".join(fill(text, context).split())
