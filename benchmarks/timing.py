"""Times functions side by side, so that noise of the machine hits all alike."""

import random
import subprocess
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

Name = TypeVar("Name", bound=Hashable)


def time_rounds(
    runs: Mapping[Name, Callable[[], Any]], rounds: int
) -> dict[Name, list[float]]:
    """Times each function once in a round, in an order that each round draws anew.

    A first round, in which steps are compiled, does not count.

    Args:
        runs: The functions by name.
        rounds: How many rounds count.

    Returns:
        The seconds of each round, by name.
    """
    for run in runs.values():
        run()
    seconds: dict[Name, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name in random.sample(list(runs), len(runs)):
            seconds[name].append(time_once(runs[name]))
    return seconds


def time_once(run: Callable[[], Any]) -> float:
    """Returns the seconds that a function takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def divide(seconds: Sequence[float], by: Sequence[float]) -> list[float]:
    """Returns the ratios of two functions' times, one for each round."""
    return [one / other for one, other in zip(seconds, by, strict=True)]


def run_command(*command: str) -> None:
    """Runs a command to its end, without its output."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
