"""The command `trainstep`: arguments and printing only."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from trainstep import terminal
from trainstep import update as updates
from trainstep.answers_file import ANSWERS_FILE, read_record
from trainstep.arguments import AnswersCommand, Commands, parse_pairs
from trainstep.audit.command import audit
from trainstep.bundle.command import bundle
from trainstep.check.command import check
from trainstep.diff import diff_projects, summarize
from trainstep.questions import Options, change, resolve
from trainstep.render import render_file
from trainstep.standalone import render_standalone
from trainstep.studio.command import studio
from trainstep.template import name_project, next_steps
from trainstep.writing import check_free, find_update_obstacle, render_project

FOLDER = click.Path(path_type=Path)

start_from_project = click.option(
    "--project",
    type=FOLDER,
    metavar="FOLDER",
    help="Start from the answers of this project, not from the defaults.",
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trainstep", message="%(prog)s %(version)s")
def main() -> None:
    """Emits a Keras project whose training step, on JAX, is yours to edit."""


@main.command(cls=AnswersCommand)
@click.argument("dest", type=FOLDER)
@click.option("--defaults", is_flag=True, help="Ask nothing: take the defaults.")
@click.option(
    "--source",
    default="",
    metavar="URL",
    help="Where the template's git repository is, recorded for `copier update`.",
)
@start_from_project
def new(
    dest: Path,
    defaults: bool,
    source: str,
    project: Path | None,
    **options: str | None,
) -> None:
    """Emits a project into the folder DEST, which names it.

    Asks for each option that is not given. Nothing in DEST is overwritten.
    """
    given = {"project_name": name_project(dest), **_start(project, options)}
    resolve(given)
    if not (defaults or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask on: add --defaults.")
    check_free(dest, [str(ANSWERS_FILE)])
    if not defaults:
        from trainstep import asking  # Copier takes a second to import.

        given = asking.ask(given, dest)
    render_project(given, dest, source)
    click.echo(os.fsencode(next_steps(dest)))  # Names need not be Unicode.
    if obstacle := find_update_obstacle():
        warning = f"the project records the template's last commit, but {obstacle}"
        click.echo(f"Warning: {warning}.", err=True)


@main.command(cls=AnswersCommand)
@click.option(
    "--file",
    default="model.py",
    show_default=True,
    help="The file's path in the project, or the end of it.",
)
@click.option(
    "--standalone",
    is_flag=True,
    help="Print one module with the class and all that it needs: it imports only "
    "NumPy, JAX and Keras.",
)
@click.option(
    "--class-name",
    metavar="NAME",
    help="What the class is called there.  [default: CustomModel]",
)
@start_from_project
def show(
    file: str,
    standalone: bool,
    class_name: str | None,
    project: Path | None,
    **options: str | None,
) -> None:
    """Prints a file of the project that the options ask for."""
    answers = _start(project, options)
    if standalone:
        text = render_standalone(answers, *filter(None, [class_name]))
    elif class_name is not None:
        raise click.UsageError("--class-name goes with --standalone.")
    else:
        text = render_file(answers, file)
    terminal.write(text, file)


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
@start_from_project
def diff(before: dict[str, str], after: dict[str, str], project: Path | None) -> None:
    """Prints what a change of options changes, as a patch."""
    start = _start(project, before)
    _print_patches(diff_projects(start, change(start, after)))


@main.command(cls=AnswersCommand)
@click.argument("project", type=FOLDER, default=".")
@click.option(
    "--base",
    type=FOLDER,
    metavar="FOLDER",
    help="The project as the version that made it emits it: "
    "the update moves it from there to this version.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and print the patch.")
def update(
    project: Path, base: Path | None, dry_run: bool, **options: str | None
) -> None:
    """Changes options of the project in PROJECT, and merges that into your edits.

    PROJECT is the current folder if left out.
    """
    update = updates.plan(project, changes := _given(options), base)
    if not (changes or base):
        raise click.UsageError("Name an option to change, such as --loss custom.")
    undo = ""
    if dry_run:
        _print_patches(update.patches)
    else:
        undo = updates.carry_out(update)
        click.echo(terminal.format_update(update, undo))
    if update.conflicts:
        message = terminal.format_conflicts(update.conflicts, undo)
        raise click.ClickException(message)


main.add_command(audit)
main.add_command(bundle)
main.add_command(check)
main.add_command(studio)


def _start(project: Path | None, options: Mapping[str, str | None]) -> Options:
    """Finds the answers of a project, if there is one, with some changed."""
    given = _given(options)
    return change(read_record(project).answers, given) if project else given


def _given(options: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in options.items() if text is not None}


def _print_patches(patches: Mapping[str, str]) -> None:
    terminal.write("".join(patches.values()), "project.diff")
    click.echo(summarize(patches), err=True)
