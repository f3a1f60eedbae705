"""`trainstep show`, against what Python and Jinja take to start."""

import functools
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, run_command, time_rounds

COMMANDS = {
    "show": (str(Path(sysconfig.get_path("scripts"), "trainstep")), "show"),
    "jinja": (sys.executable, "-c", "import jinja2"),
}


def measure(rounds: int = 31) -> Iterator[Row]:
    """Times the command, and a Python that only imports Jinja.

    Args:
        rounds: How many times to run each.

    Yields:
        The seconds of the command, and the ratio.
    """
    runs = {
        name: functools.partial(run_command, *command)
        for name, command in COMMANDS.items()
    }
    seconds = time_rounds(runs, rounds)
    name, baseline = "`trainstep show`", '`python -c "import jinja2"`'
    yield summarize(f"time of {name}", seconds["show"], at_most(0.4), unit="s")
    ratios = divide(seconds["show"], seconds["jinja"])
    yield summarize(f"time of {name}", ratios, at_most(5), baseline=baseline)
