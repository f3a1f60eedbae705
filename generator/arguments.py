"""The command line's arguments, made from `copier.yml`, and its one-line errors."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from generator.catalog import Question, format_answer, questions
from generator.errors import (
    OptionError,
    TemplateError,
    TrainstepError,
    one_line,
    quote,
    suggest,
)

Command = TypeVar("Command", bound=Callable[..., None])


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
    """The choices of a question, for help and completion: the catalog checks them."""

    def convert(self, value: Any, *_: Any) -> Any:
        return value


def take_options(command: Command) -> Command:
    """Gives a command one option for each question of `copier.yml`."""
    for question in reversed(questions()):
        command = click.option(
            f"--{question.name.replace('_', '-')}",
            question.name,
            type=_type(question),
            help=_help(question),
        )(command)
    return command


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


def _type(question: Question) -> click.ParamType[str]:
    if question.choices:
        return Choice([format_answer(choice) for choice in question.choices])
    return click.STRING


def _help(question: Question) -> str:
    default = question.default_text
    return f"{question.help}  [default: {default}]" if default else question.help


@contextlib.contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise Mistake(_describe(error)) from error
    except (OptionError, TemplateError) as error:
        raise Mistake(str(error)) from error
    except TrainstepError as error:
        raise click.ClickException(str(error)) from error


def _describe(error: click.UsageError) -> str:
    """Words an error of click's, with the allowed names where one was not known."""
    command = error.ctx.command if error.ctx else None
    if isinstance(error, click.NoSuchOption) and command:
        options = [name for param in command.params for name in param.opts]
        allowed = [name for name in options if name.startswith("--")]
        return f"{error.message} {suggest(error.option_name, allowed)}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        commands = getattr(command, "commands", ())
        return f"{error.message} {suggest(error.command_name, commands)}"
    return error.format_message()
