"""The command `trainstep bundle`: arguments, and the file that it writes."""

import contextlib
from pathlib import Path

import click

from trainstep.arguments import AnswersCommand
from trainstep.bundle.forms import FORMS, write_bundle
from trainstep.bundle.project import emit_project, read_project
from trainstep.errors import TemplateError

PATH = click.Path(path_type=Path)


@click.command(cls=AnswersCommand)
@click.option(
    "--project",
    type=PATH,
    metavar="FOLDER",
    help="Take this project as it is, with your edits, and not one of the options.",
)
@click.option(
    "--as", "form", type=click.Choice([*FORMS]), required=True, help="What to write."
)
@click.option(
    "--output", type=PATH, metavar="FILE", required=True, help="Where to write it."
)
def bundle(
    project: Path | None, form: str, output: Path, **options: str | None
) -> None:
    """Writes a whole project as one script or notebook.

    It holds data, network, class and training, and needs neither the project nor
    trainstep. FILE must not exist yet.
    """
    given = {name: text for name, text in options.items() if text is not None}
    if project and given:
        flag = f"--{min(given).replace('_', '-')}"
        raise click.UsageError(
            f"--project takes the project as it is, and {flag} would change it: "
            "use `trainstep update`, then bundle it."
        )
    ending, _ = FORMS[form]
    if output.suffix != ending:
        raise click.UsageError(f"{output}: the name of a {form} ends in {ending}.")
    found = read_project(project) if project else emit_project(given)
    _write(output, write_bundle(found, form))
    click.echo(f"Wrote {output}.")


def _write(output: Path, text: str) -> None:
    try:
        with output.open("xb") as file:
            file.write(text.encode())
    except FileExistsError as error:
        raise TemplateError(f"{output} exists already: choose another.") from error
    except OSError as error:
        with contextlib.suppress(OSError):
            output.unlink()  # What was written of it.
        raise TemplateError(f"{output} cannot be written: {error.strerror}.") from error
