"""The command `trainstep`: arguments and printing only."""

import os
import sys
from pathlib import Path

import click

from trainstep import terminal
from trainstep.arguments import AnswersCommand, Commands, parse_pairs
from trainstep.audit.command import audit
from trainstep.check.command import check
from trainstep.diff import diff_projects, summarize
from trainstep.questions import change, resolve
from trainstep.render import render_file
from trainstep.template import next_steps


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trainstep", message="%(prog)s %(version)s")
def main() -> None:
    """Emits a Keras project whose training step, on JAX, is yours to edit."""


@main.command(cls=AnswersCommand)
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--defaults", is_flag=True, help="Ask nothing: take the defaults.")
def new(dest: Path, defaults: bool, **options: str | None) -> None:
    """Emits a project into the folder DEST.

    Asks for each option that is not given. Nothing in DEST is overwritten.
    """
    answers = resolve(given := _given(options))
    if not (defaults or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask on: add --defaults.")
    from trainstep import copying  # Copier takes a second to import.

    copying.copy({name: answers[name] for name in given}, dest, ask=not defaults)
    click.echo(os.fsencode(next_steps(dest)))  # Names need not be Unicode.
    if obstacle := copying.find_update_obstacle():
        click.echo(f"Warning: `copier update` will fail, for {obstacle}.", err=True)


@main.command(cls=AnswersCommand)
@click.option(
    "--file",
    default="model.py",
    show_default=True,
    help="The file's path in the project, or the end of it.",
)
def show(file: str, **options: str | None) -> None:
    """Prints a file of the project that the options ask for."""
    terminal.write(render_file(_given(options), file), file)


@main.command("options")
def list_options() -> None:
    """Lists the options: their choices, and what they change."""
    click.echo(terminal.format_options())


@main.command()
@click.option(
    "--from",
    "before",
    multiple=True,
    callback=parse_pairs,
    metavar="OPTION=VALUE,...",
    help="The options before the change, where they are not the defaults.",
)
@click.option(
    "--to",
    "after",
    multiple=True,
    required=True,
    callback=parse_pairs,
    metavar="OPTION=VALUE,...",
    help="The options that change; the others stay as they are.",
)
def diff(before: dict[str, str], after: dict[str, str]) -> None:
    """Prints what a change of options changes, as a patch."""
    patches = diff_projects(before, change(before, after))
    terminal.write("".join(patches.values()), "project.diff")
    click.echo(summarize(patches), err=True)


@main.command(cls=AnswersCommand)
@click.argument("project", type=click.Path(path_type=Path), default=".")
def update(project: Path, **options: str | None) -> None:
    """Changes options of the project in PROJECT, and merges that into your edits.

    PROJECT is the current folder if left out. Its template's version stays.
    """
    if not (changes := _given(options)):
        raise click.UsageError("Name an option to change, such as --loss custom.")
    from trainstep import update as updates  # Copier takes a second to import.

    done = updates.update(project, changes)
    click.echo(terminal.format_update(done))
    if done.conflicts:
        raise click.ClickException(terminal.format_conflicts(done.conflicts))


main.add_command(audit)
main.add_command(check)


def _given(options: dict[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in options.items() if text is not None}
