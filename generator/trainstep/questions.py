"""The options, as `copier.yml` lists them, and the answers to all of them."""

import functools
from collections.abc import Mapping
from typing import Any

from trainstep.errors import OptionError, quote, suggest
from trainstep.question import Answer, Options, Question, format_answer
from trainstep.template import read_config

__all__ = [
    "FIRST_STEP_QUESTION",
    "Answer",
    "Options",
    "Question",
    "change",
    "complete",
    "default_text",
    "entries",
    "examine",
    "format_answer",
    "questions",
    "resolve",
    "step_entries",
    "step_questions",
]

FIRST_STEP_QUESTION = "algorithm"
"""From this question on, the answers shape code; those before shape the project."""


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
            condition=_read_condition(details),
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
    answers, problems = examine(options)
    if problems:
        raise OptionError(next(iter(problems.values())))
    return answers


def examine(options: Options) -> tuple[dict[str, Answer], dict[str, str]]:
    """Completes options as `resolve()` does, whatever is wrong with them.

    Args:
        options: Answers by option; a boolean may be written `"true"` or `"false"`.

    Returns:
        The answers to all questions that apply, with the default in place of each that
        is not allowed; and what is wrong, in a line for each option.
    """
    known = [question.name for question in questions()]
    problems = {
        name: f"There is no option {quote(name)}. {suggest(name, known)}"
        for name in options
        if name not in known
    }
    answers: dict[str, Answer] = {}
    context: dict[str, Answer] = {}
    for question in entries():
        name = question.name
        default = context[name] = question.fill_default(context)
        if question.applies(context):
            try:
                answers[name] = _answer(question, options, context)
            except OptionError as error:
                problems[name], answers[name] = str(error), default
        elif name in options:
            problems[name] = (
                f"{name} does not apply here: it is asked only when "
                f"{question.condition}. Those that apply: {', '.join(answers)}."
            )
        context[name] = answers.get(name, default)
    return answers, problems


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
    asked = [question for question in questions() if question.name in answers]
    kept = {q.name for q in asked if q.allows(answers[q.name], context)}
    kept.update(changes)
    return resolve({name: a for name, a in answers.items() if name in kept})


def default_text(question: Question) -> str:
    """Writes the answer where nothing at all is given, as one types it."""
    return format_answer(_defaults().get(question.name, question.default))


@functools.cache
def _defaults() -> Options:
    return resolve({})


def _answer(question: Question, options: Options, context: Options) -> Answer:
    answer = context[question.name]
    if question.name in options:
        answer = question.parse(options[question.name])
    question.check({**context, question.name: answer})
    return answer


def _read_condition(details: Mapping[str, Any]) -> str:
    """Words when a question is asked, as the computed question that says so does."""
    name = str(details.get("when", "")).strip("{} ")
    return str(read_config()[name]["help"]) if name in read_config() else "always"


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
