"""What a check prints: a progress bar, failures as they come, a closing line."""

import shlex
import sys
from collections.abc import Iterable, Iterator

import click

from trainstep.check.combination import Outcome
from trainstep.check.run import Results

TAIL, WIDTH = 12, 120
"""How many lines of a failure's details are printed, and how much of each.

The reports have them all.
"""


def show(outcomes: Iterable[Outcome], total: int) -> Iterator[Outcome]:
    """Passes outcomes on as they come, and prints how far the check is.

    Args:
        outcomes: The outcomes.
        total: How many there will be.

    Yields:
        The outcomes.
    """
    terminal = sys.stderr.isatty()
    bar = click.progressbar(
        length=total, show_pos=True, hidden=not terminal, file=sys.stderr
    )
    with bar:
        for outcome in outcomes:
            yield outcome
            if outcome.problem:
                if terminal:
                    click.echo("\r\x1b[K", nl=False, err=True)  # Where the bar was.
                click.echo(format_failure(outcome))
            bar.update(1)


def format_failure(outcome: Outcome) -> str:
    """Words a failure: the combination, its problem, and how to check it alone."""
    details = [x for x in outcome.details.splitlines() if x not in outcome.problem]
    tail = [line[:WIDTH] for line in details[-TAIL:]]
    lines = [outcome.problem, *tail, outcome.command]
    return "\n".join([f"FAILED {outcome.name}", *(f"    {line}" for line in lines)])


def summarize(results: Results) -> str:
    """Words what came of a check, and how to go on with one that was interrupted."""
    total, checked = len(results.selected), len(results.outcomes)
    count = f"{checked} of {total}" if results.interrupted else f"{total}"
    noun = "combination" if total == 1 else "combinations"
    passed = checked - results.failed
    line = f"{count} {noun} checked: {passed} passed, {results.failed} failed."
    if not results.interrupted:
        return line
    arguments = [word for word in sys.argv[1:] if word != "--resume"]
    command = shlex.join(["trainstep", *arguments, "--resume"])
    return f"Interrupted. {line} To go on: {command}"
