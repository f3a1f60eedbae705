"""What a check prints and keeps: failures as they come, and what passed."""

import json
from dataclasses import asdict, dataclass
from typing import IO

import click
import pytest

from trainstep.check.combination import name_combination, reproduce
from trainstep.check.journal import Journal
from trainstep.check.packages import read_versions
from trainstep.questions import Options

WIDTH, TAIL = 120, 12
"""How much is printed of a line of a failure's details, and how many lines of them."""


@dataclass(frozen=True)
class Outcome:
    """What came of the check of one combination.

    Attributes:
        problem: What is wrong, in a line; empty where the combination passed.
        details: All that is known of the problem, such as a traceback.
        seconds: How long the check took.
    """

    problem: str = ""
    details: str = ""
    seconds: float = 0.0


class Reporter:
    """A plugin that hears of the outcomes, in the process that started the workers.

    Attributes:
        outcomes: What came of the combinations so far, by name.
    """

    def __init__(self, journal: Journal) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._journal = journal

    @property
    def failed(self) -> int:
        """How many combinations failed."""
        return sum(bool(outcome.problem) for outcome in self.outcomes.values())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hears of the call of a test, or of a failure before or after it."""
        if report.when != "call" and not report.failed:
            return
        name = report.nodeid.partition("[")[2].partition("]")[0]
        self.outcomes[name] = outcome = read_outcome(report)
        if outcome.problem:
            click.echo("\n" + format_failure(name, outcome))
        else:
            self._journal.add(name)

    def write_json(self, selected: list[Options], file: IO[str]) -> None:
        """Writes the versions of the packages, the totals and the outcomes."""
        combinations = [
            {
                "name": name,
                "options": dict(options),
                "status": "failed" if self.outcomes[name].problem else "passed",
                "command": reproduce(name),
                **asdict(self.outcomes[name]),
            }
            for options in selected
            if (name := name_combination(options)) in self.outcomes
        ]
        report = {
            "versions": read_versions(),
            "selected": len(selected),
            "passed": len(self.outcomes) - self.failed,
            "failed": self.failed,
            "combinations": combinations,
        }
        json.dump(report, file, indent=2)
        file.write("\n")


def read_outcome(report: pytest.TestReport) -> Outcome:
    """Reads an outcome out of pytest's report of a test or of a crash."""
    if report.passed:
        return Outcome(seconds=round(report.duration, 3))
    details = str(report.longrepr)
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash else details
    problem = message.partition("\n")[0].removeprefix("trainstep.errors.")
    return Outcome(problem, details, round(report.duration, 3))


def format_failure(name: str, outcome: Outcome) -> str:
    """Words a failure: the combination, its problem, and how to check it alone."""
    details = [line for line in outcome.details.splitlines() if line.strip()]
    tail = [line[:WIDTH] for line in details[-TAIL:] if line not in outcome.problem]
    lines = [outcome.problem, *tail, reproduce(name)]
    return "\n".join([f"FAILED {name}", *(f"    {line}" for line in lines)])
