"""Times functions side by side, so that noise of the machine hits all alike."""

import random
import subprocess
import timeit
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

Name = TypeVar("Name", bound=Hashable)
Runs = Mapping[Name, Callable[[], Any]]
Seconds = dict[Name, list[float]]


def time_rounds(runs: Runs[Name], rounds: int) -> Seconds[Name]:
    """Times each function once in a round, in an order of each round's own.

    A first round, in which steps are compiled, does not count.

    Args:
        runs: The functions by name.
        rounds: How many rounds count.

    Returns:
        The seconds of each round, by name.
    """
    return time_groups([runs], rounds)[0]


def time_groups(groups: Sequence[Runs[Name]], rounds: int) -> list[Seconds[Name]]:
    """Times groups of functions in turns, so that a noisy minute hits each alike.

    Args:
        groups: Functions to compare, by name: a round times those of a group in a row.
        rounds: How many rounds of all groups count, after a first one.

    Returns:
        The seconds of each round, by name, for each group.
    """
    seconds: list[Seconds[Name]] = [{name: [] for name in runs} for runs in groups]
    for _ in range(1 + rounds):
        for runs, times in zip(groups, seconds, strict=True):
            for name in random.sample(list(runs), len(runs)):
                times[name].append(time_once(runs[name]))
    return [{name: times[1:] for name, times in group.items()} for group in seconds]


def time_once(run: Callable[[], Any]) -> float:
    """Returns the seconds that a function takes, while no garbage is collected."""
    return timeit.timeit(run, number=1)


def divide(seconds: Sequence[float], by: Sequence[float]) -> list[float]:
    """Returns the ratios of two functions' times, one for each round."""
    return [one / other for one, other in zip(seconds, by, strict=True)]


def run_command(*command: str, **options: Any) -> None:
    """Runs a command to its end, without its output; options go to `subprocess`."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
