"""What an audit prints and writes."""

import json
import textwrap
from collections.abc import Sequence
from importlib import metadata
from typing import IO

from trainstep.audit.cases import CASES, NEEDS, Case
from trainstep.audit.excerpts import find_excerpt
from trainstep.audit.outcome import STATUSES, Outcome
from trainstep.terminal import WIDTH

INDENT = 4
LONGEST = 160
"""Of a longer problem, the table shows the beginning."""


def format_outcome(outcome: Outcome) -> str:
    """Lays out a row of the table: where there is a problem, with what to do."""
    width = max(map(len, CASES)) + 2
    problem = textwrap.shorten(outcome.problem, LONGEST, placeholder=" ...")
    row = f"{outcome.case:<{width}}{outcome.status:<10}{problem}".rstrip()
    if not outcome.is_problem:
        return row
    case = CASES[outcome.case]
    texts = [f"You notice: {case.notice}", f"To do: {case.advice.text}"]
    texts.append(f"Our step: {find_excerpt(case.advice)}")
    return "\n".join([row, *map(_wrap, texts)])


def summarize(outcomes: Sequence[Outcome]) -> str:
    """Counts the outcomes in a line."""
    counts = {s: sum(o.status == s for o in outcomes) for s in STATUSES}
    parts = [f"{counts[status]} {verb}" for status, verb in STATUSES.items()]
    noun = "case" if len(outcomes) == 1 else "cases"
    return f"{len(outcomes)} {noun}: {', '.join(parts)}."


def format_cases(cases: Sequence[Case]) -> str:
    """Lists cases with what a user notices where they fail, and what they need."""
    rows = []
    for case in cases:
        needs = f"  [{', '.join(sorted(case.needs))}]" if case.needs else ""
        rows.append(f"{case.name}{needs}\n{_wrap(case.notice)}")
    names = [f"{name}\n{_wrap(text)}" for name, text in NEEDS.items()]
    head = "--without takes what a class does not promise, in brackets above:"
    return "\n".join([*rows, "", head, "", *names])


def write_json(target: str, outcomes: Sequence[Outcome], file: IO[str]) -> None:
    """Writes the versions of the packages and all that is known of the outcomes."""
    names = ("trainstep", "keras", "jax")
    report = {
        "target": target,
        "versions": {name: metadata.version(name) for name in names},
        "counts": {s: sum(o.status == s for o in outcomes) for s in STATUSES},
        "cases": [_describe(outcome) for outcome in outcomes],
    }
    json.dump(report, file, indent=2)
    file.write("\n")


def _describe(outcome: Outcome) -> dict[str, object]:
    case = CASES[outcome.case]
    excerpt = find_excerpt(case.advice)
    return {
        **vars(outcome),
        "notice": case.notice,
        "advice": case.advice.text,
        "our_step": vars(excerpt),
    }


def _wrap(text: str) -> str:
    indent = " " * INDENT
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
