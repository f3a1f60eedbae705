"""What came of a check, for other programs: as JUnit's XML, and as JSON."""

import json
import re
from dataclasses import asdict
from typing import IO, Any

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from trainstep.check.combination import Outcome
from trainstep.check.packages import read_versions
from trainstep.check.run import Results
from trainstep.questions import format_answer

SUITE = "trainstep"
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot hold."""


def write_junit(results: Results, file: IO[bytes]) -> None:
    """Writes a test suite with a test case for each combination.

    The class of a case is the answer to the first question, `trainstep.regression`,
    by which pages of test results group them.

    Args:
        results: What came of the check.
        file: The file, open for bytes.
    """
    suite = TestSuite(SUITE)
    suite.add_testcases([_make_case(outcome) for outcome in results.outcomes])
    report = JUnitXml()
    report.add_testsuite(suite)
    report.write(file)


def write_json(results: Results, file: IO[str]) -> None:
    """Writes the versions of the packages, the totals and the outcomes.

    Args:
        results: What came of the check.
        file: The file, open for text.
    """
    outcomes = results.outcomes
    report = {
        "versions": read_versions(),
        "interrupted": results.interrupted,
        "selected": len(results.selected),
        "checked": len(outcomes),
        "passed": len(outcomes) - results.failed,
        "failed": results.failed,
        "combinations": [
            {**asdict(o), "status": o.status, "command": o.command} for o in outcomes
        ],
    }
    json.dump(report, file, indent=2)
    file.write("\n")


def _make_case(outcome: Outcome) -> Any:
    group = format_answer(next(iter(outcome.options.values())))
    case = TestCase(outcome.name, f"{SUITE}.{group}", round(outcome.seconds, 3))
    if outcome.problem:
        failure = Failure(_clean(outcome.problem))
        failure.text = _clean(f"{outcome.details}\n\n{outcome.command}\n")
        case.result = [failure]
    return case


def _clean(text: str) -> str:
    return NOT_XML.sub("?", text)
