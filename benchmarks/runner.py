"""The command: measures, prints a table, writes the figures of the docs."""

from collections.abc import Callable, Iterator

import click

from benchmarks import (
    algorithms,
    any_model,
    compile_time,
    copying,
    fitting,
    fused_steps,
    memory,
    plain_step,
    previews,
    slow_step,
    start,
    studio,
)
from benchmarks.machine import describe_machine
from benchmarks.report import Report, format_rows, publish
from benchmarks.rows import Row

BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "plain": plain_step.measure,
    "fused": fused_steps.measure,
    "kinds": any_model.measure,
    "algorithms": algorithms.measure,
    "slow": slow_step.measure,
    "memory": memory.measure,
    "compile": compile_time.measure,
    "start": start.measure,
    "fitting": fitting.measure,
    "copy": copying.measure,
    "show": previews.measure,
    "studio": studio.measure,
}


@click.command()
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(BENCHMARKS)),
    help="Run this benchmark; may be given several times. The docs stay as they are.",
)
def main(only: tuple[str, ...]) -> None:
    """Runs all benchmarks, prints their figures and writes them into the docs."""
    rows: list[Row] = []
    for name in only or BENCHMARKS:
        click.echo(f"{name} ...", err=True)
        rows += BENCHMARKS[name]()
    click.echo(format_rows(rows))
    if not only:
        publish(Report(describe_machine(), rows))
