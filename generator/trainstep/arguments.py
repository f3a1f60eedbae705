"""The command line's arguments, made from `copier.yml`, and its one-line errors."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import click

from trainstep.errors import (
    CheckError,
    OptionError,
    TemplateError,
    TrainstepError,
    one_line,
    quote,
    suggest,
)
from trainstep.questions import Question, default_text, format_answer, questions


class Commands(click.Group):
    """Commands that say in one line what is wrong."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _one_line_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line_errors():
            return super().invoke(ctx)


class Mistake(click.ClickException):
    """What the user can right, in one line."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class Choice(click.Choice[str]):
    """The choices of a question, for help and completion: `questions` checks them."""

    def convert(self, value: Any, *_: Any) -> Any:
        return value


class AnswersCommand(click.Command):
    """A command with an option for each question of `copier.yml`, read when asked."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = len(self.params)
        params = super().get_params(ctx)  # Its own options, then --help.
        return [*params[:own], *map(_make_option, questions()), *params[own:]]


def parse_pairs(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    """Reads `option=value,option=value` into answers by option."""
    answers: dict[str, str] = {}
    for pair in (pair for text in texts for pair in text.split(",")):
        name, equals, answer = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{quote(pair)} is not of the form option=value.")
        if name in answers:
            raise click.BadParameter(f"{name} is given twice.")
        answers[name] = answer
    return answers


@functools.cache
def _make_option(question: Question) -> click.Option:
    flag = f"--{question.name.replace('_', '-')}"
    names = [flag, question.name]
    return click.Option(names, type=_type(question), help=_help(question))


def _type(question: Question) -> click.ParamType[str]:
    if question.choices:
        return Choice([format_answer(choice) for choice in question.choices])
    return click.STRING


def _help(question: Question) -> str:
    default = default_text(question)
    return f"{question.help}  [default: {default}]" if default else question.help


@contextlib.contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise Mistake(_describe(error)) from error
    except (CheckError, OptionError, TemplateError) as error:
        raise Mistake(str(error)) from error
    except TrainstepError as error:
        raise click.ClickException(str(error)) from error


def _describe(error: click.UsageError) -> str:
    """Words an error of click's, with the allowed names where one was not known."""
    command = error.ctx.command if error.ctx else None
    if isinstance(error, click.NoSuchOption) and error.ctx and command:
        params = command.get_params(error.ctx)
        options = [name for param in params for name in param.opts]
        allowed = [name for name in options if name.startswith("--")]
        return f"{error.message} {suggest(error.option_name, allowed)}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        commands = getattr(command, "commands", ())
        return f"{error.message} {suggest(error.command_name, commands)}"
    if isinstance(error, click.MissingParameter):
        return " ".join(error.format_message().split())  # It lists choices in lines.
    return error.format_message()
