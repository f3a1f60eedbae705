"""Rows of figures: what was measured, how far repeats spread, and the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Target:
    """What a figure should be.

    Attributes:
        bound: On which side of the limit the figure should be.
        limit: The limit, in the figure's unit.
    """

    bound: Literal["at most", "at least"]
    limit: float

    def __str__(self) -> str:
        return f"{self.bound} {format_figure(self.limit)}"

    def margin(self, value: float) -> float:
        """Returns by which factor a value is better than the limit."""
        return self.limit / value if self.bound == "at most" else value / self.limit


@dataclass(frozen=True)
class Row:
    """A figure, which is the median of repeated measurements.

    Attributes:
        name: What was measured.
        baseline: What it was compared with; empty where the figure is no ratio.
        unit: The figure's unit, `x` for ratios.
        median: The figure.
        quartiles: Between these lie the middle half of the repeats.
        repeats: How many there were.
        target: What the figure should be, where anything was promised.
        met: Whether it is; `None` without a target.
    """

    name: str
    baseline: str
    unit: str
    median: float
    quartiles: tuple[float, float]
    repeats: int
    target: Target | None
    met: bool | None


def at_most(limit: float) -> Target:
    """Makes a target that a figure should not exceed."""
    return Target("at most", limit)


def at_least(limit: float) -> Target:
    """Makes a target that a figure should reach."""
    return Target("at least", limit)


def summarize(
    name: str,
    values: Sequence[float],
    target: Target | None = None,
    *,
    baseline: str = "",
    unit: str = "x",
) -> Row:
    """Makes a row of the values that the repeats of a measurement gave."""
    low, median, high = map(float, np.percentile(values, [25, 50, 75]))
    met = target.margin(median) >= 1 if target else None
    return Row(name, baseline, unit, median, (low, high), len(values), target, met)


def format_figure(value: float) -> str:
    """Writes a figure with as many digits as one reads."""
    return f"{value:.4g}"
