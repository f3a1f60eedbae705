"""Draws how far figures are from their targets."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from benchmarks.rows import Row, Target, format_figure

MET, MISSED, GRAY = "tab:blue", "tab:orange", "0.35"


def draw(rows: Sequence[Row], path: Path) -> None:
    """Draws each figure that has a target: the further right, the better.

    Args:
        rows: The figures; those without a target are left out.
        path: The file for the picture.
    """
    targets = [(row, row.target) for row in rows if row.target]
    figure = Figure(figsize=(11, 1.2 + 0.34 * len(targets)), layout="constrained")
    axes = figure.subplots()
    for height, (row, target) in enumerate(targets):
        draw_row(axes, height, row, target)
    axes.axvline(1, color=GRAY, linewidth=1)
    labels = [label(row) for row, _ in targets]
    axes.set_yticks(range(len(targets)), labels, fontsize=9)
    axes.set(xscale="log", ylim=(len(targets) - 0.5, -0.5))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel("how many times better than its target (orange: not met)")
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.savefig(path, dpi=120)


def draw_row(axes: Axes, height: int, row: Row, target: Target) -> None:
    """Draws a dot at the median, a line between the quartiles, and the figures."""
    color = MET if row.met else MISSED
    quartiles = [target.margin(value) for value in row.quartiles]
    axes.plot(quartiles, [height, height], color=color, linewidth=3, alpha=0.4)
    axes.plot(target.margin(row.median), height, "o", color=color, markersize=7)
    axes.annotate(
        f"{format_figure(row.median)} {row.unit}, {target}",
        xy=(1.01, height),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=9,
        color=GRAY if row.met else MISSED,
    )


def label(row: Row) -> str:
    """Names a figure, and what it was compared with."""
    text = f"{row.name} / {row.baseline}" if row.baseline else row.name
    return text.replace("`", "")
