"""The command `trainstep check`: its arguments, and the order of what is done."""

import os
import shlex
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

import click

from trainstep.arguments import parse_pairs
from trainstep.check.running import run_pytest
from trainstep.check.selection import parse_shard, select, take_shard
from trainstep.errors import RenderError
from trainstep.questions import Options

if TYPE_CHECKING:
    from trainstep.check.reporter import Reporter

INTERRUPTED = 130
"""The exit code after an interrupt, as shells have it."""


def _read_shard(
    _ctx: click.Context, _param: click.Parameter, text: str | None
) -> tuple[int, int]:
    return parse_shard(text) if text is not None else (1, 1)


def _count_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@click.command()
@click.option(
    "--only",
    multiple=True,
    callback=parse_pairs,
    metavar="OPTION=VALUE,...",
    help="Check only the combinations with these answers.",
)
@click.option(
    "--changed-since",
    metavar="REV",
    help="Check only the combinations whose files, as they are rendered, are new "
    "since a revision of the template's git checkout.",
)
@click.option(
    "--shard",
    callback=_read_shard,
    metavar="K/N",
    help="Split these into N blocks, and check the K-th: 1/8 to 8/8.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    default=_count_processors,
    show_default="as many as there are processors",
    help="How many processes check.",
)
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    default=300,
    show_default=True,
    help="A combination that takes longer fails.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on where the last check in this folder was interrupted.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the outcomes as JUnit's XML.",
)
@click.option(
    "--json",
    type=click.File("w", encoding="utf-8", lazy=False),
    metavar="FILE",
    help="Write the outcomes as JSON.",
)
@click.pass_context
def check(
    context: click.Context,
    only: dict[str, str],
    changed_since: str | None,
    shard: tuple[int, int],
    jobs: int,
    timeout: int,
    resume: bool,
    junit: str | None,
    json: IO[str] | None,
) -> None:
    """Renders, lints, fits and compares every combination of options.

    A combination passes if the project's own ruff rules find nothing, if its model
    survives being saved and loaded, and if it equals what its tests/reference.py
    says is right. One that fails is reported with the command that checks it alone.

    What passed is kept in .trainstep_cache, in the current folder: after an interrupt,
    repeat the command with --resume. The exit code is 0 if all passed, 1 if some
    failed, 2 if an argument is wrong, and 130 after an interrupt.
    """
    from trainstep.check.packages import require_packages

    require_packages()
    from trainstep.check.journal import Journal
    from trainstep.check.reporter import Reporter

    selected = _select(only, changed_since, shard)
    journal = Journal(selected, resume)
    left = [options for options in selected if not journal.has(options)]
    reporter = Reporter(journal)
    arguments = ["--numprocesses", str(jobs), "--timeout", str(timeout)]
    arguments += ["--junitxml", junit] if junit else []
    code = run_pytest(left, arguments, reporter) if left else 0
    if json:
        reporter.write_json(left, json)
    click.echo(_summarize(len(selected), len(selected) - len(left), reporter))
    interrupted = len(reporter.outcomes) < len(left)
    context.exit(INTERRUPTED if interrupted else int(code != 0))


def _select(
    only: dict[str, str], changed_since: str | None, shard: tuple[int, int]
) -> Sequence[Options]:
    selected = select(only)
    if changed_since is not None:
        selected = _keep_changed(selected, changed_since)
    return take_shard(selected, *shard)


def _keep_changed(selected: Sequence[Options], revision: str) -> Sequence[Options]:
    from trainstep.check.changes import find_digest, read_digests

    try:
        digests = read_digests(revision)
    except RenderError as error:
        problem = f"the template at {revision} does not render: {error}"
        click.echo(f"Warning: everything counts as changed, as {problem}", err=True)
        return selected
    changed = [options for options in selected if find_digest(options) not in digests]
    if not changed:
        click.echo(f"Nothing changed since {revision}.")
    return changed


def _summarize(total: int, before: int, reporter: "Reporter") -> str:
    """Words what came of a check, and how to go on with one that was interrupted."""
    checked = before + len(reporter.outcomes)
    count = f"{total}" if checked == total else f"{checked} of {total}"
    noun = "combination" if total == 1 else "combinations"
    passed = checked - reporter.failed
    line = f"{count} {noun} checked: {passed} passed, {reporter.failed} failed."
    if checked == total:
        return line
    arguments = [word for word in sys.argv[1:] if word != "--resume"]
    command = shlex.join(["trainstep", *arguments, "--resume"])
    return f"Interrupted. {line} To go on: {command}"
