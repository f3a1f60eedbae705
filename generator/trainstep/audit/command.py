"""The command `trainstep audit`: arguments, and the order of what is done."""

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

import click

from trainstep.audit.outcome import Outcome
from trainstep.audit.settings import set_environment
from trainstep.errors import CheckError

MOST_JOBS = 4


@click.command()
@click.argument("target", required=False, metavar="FILE.py[:NAME]|MODULE:NAME")
@click.option("--case", "names", multiple=True, metavar="NAME", help="Run only this.")
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="Leave out what the class does not promise, such as sample_weight.",
)
@click.option(
    "--own-loss",
    is_flag=True,
    help="Hold a class whose numbers differ by design to what is true all the same.",
)
@click.option("--list", "list_cases", is_flag=True, help="List the cases, and end.")
@click.option(
    "--json",
    type=click.File("w", encoding="utf-8", lazy=False),
    metavar="FILE",
    help="Write the outcomes as JSON.",
)
@click.pass_context
def audit(
    context: click.Context,
    target: str | None,
    names: tuple[str, ...],
    without: tuple[str, ...],
    own_loss: bool,
    list_cases: bool,
    json: IO[str] | None,
) -> None:
    """Puts your model class in the place of keras.Model, case by case.

    The class is a subclass of keras.Model with steps of its own, for JAX. NAME may
    also be a function that takes what keras.Model takes, inputs and outputs, and
    returns a model. --case and --without can be repeated.

    The exit code is 0 if all cases hold, 1 if some differ or fail, and 2 if an
    argument is wrong.
    """
    _require_packages()
    set_environment()
    from trainstep.audit import report, selection  # They import Keras.

    cases = selection.select(names, without, own_loss)
    if list_cases:
        return click.echo(report.format_cases(cases))
    if target is None:
        raise click.UsageError("Name a class: FILE.py, FILE.py:NAME or MODULE:NAME.")
    outcomes = _judge(target, [case.name for case in cases])
    if json:
        report.write_json(target, outcomes, json)
    click.echo("\n".join(map(report.format_outcome, outcomes)))
    click.echo(report.summarize(outcomes))
    context.exit(int(any(outcome.is_problem for outcome in outcomes)))


def _require_packages() -> None:
    for name in ("keras", "jax"):
        if not importlib.util.find_spec(name):
            raise CheckError(f"{name} is missing: pip install keras jax")


def _judge(target: str, cases: Sequence[str]) -> list[Outcome]:
    """Judges cases in worker processes; returns the outcomes in their order."""
    from trainstep.audit.workers import judge_all

    file = target.rpartition(":")[0] or target
    if file.endswith(".py") and not Path(file).is_file():
        raise CheckError(f"There is no file {file}.")
    click.echo(f"Running the code of {file} in processes of its own.", err=True)
    jobs = min(os.cpu_count() or 1, MOST_JOBS, len(cases))
    with contextlib.closing(judge_all(target, cases, jobs)) as outcomes:
        found = {o.case: o for o in _show_progress(outcomes, len(cases))}
    return [found[case] for case in cases]


def _show_progress(outcomes: Iterable[Outcome], total: int) -> list[Outcome]:
    hidden = not sys.stderr.isatty()
    bar = click.progressbar(
        outcomes, length=total, show_pos=True, hidden=hidden, file=sys.stderr
    )
    with bar:
        return list(bar)
