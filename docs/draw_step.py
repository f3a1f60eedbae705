"""Draws `images/step.png`: what each paragraph of `train_step()` reads and renews."""

from pathlib import Path

from matplotlib.figure import Figure

LISTS = ["trainable", "non_trainable", "optimizer", "metrics"]
"""The four lists of the state, in their order; each is a line from top to bottom."""

# By paragraph: what it reads (r) and renews (w) of each list, and what it makes.
PARAGRAPHS = [
    ("unpack", "----", "x (32, 10), y (32, 1),\nsample_weight (32,)"),
    (
        "differentiate",
        "rwrw",
        "gradients, as trainable_variables;\nloss (), y_pred (32, 1)",
    ),
    ("apply", "w-w-", "new weights, new moments"),
    ("update metrics", "---w", "logs: loss (), mae ()"),
    ("return", "----", "logs, state"),
]
BLUE, GRAY, LIGHT = "tab:blue", "0.35", "0.94"


def draw_lists(axes, bottom):
    """Draws a line for each list of the state."""
    for column, name in enumerate(LISTS):
        axes.annotate(
            "",
            xy=(column, bottom),
            xytext=(column, 0.65),
            arrowprops={"arrowstyle": "->", "color": GRAY, "linewidth": 1.2},
        )
        label = f"{name}_\nvariables"
        axes.text(column, 0.75, label, ha="center", va="bottom", fontsize=9)


def draw_paragraph(axes, row, paragraph):
    """Draws a paragraph across the lists, with a mark for each list it uses."""
    name, uses, result = paragraph
    axes.barh(-row, 3.8, 0.62, left=-0.4, color=LIGHT, zorder=0)
    axes.text(-0.55, -row, name, ha="right", va="center", fontweight="bold")
    axes.text(3.6, -row, result, va="center", fontsize=9)
    for column, use in enumerate(uses):
        if use != "-":
            face = BLUE if use == "w" else "white"
            style = {
                "marker": "o",
                "markersize": 11,
                "markeredgewidth": 1.8,
                "zorder": 3,
            }
            axes.plot(column, -row, color=BLUE, markerfacecolor=face, **style)


def draw_legend(axes, bottom):
    """Explains the marks."""
    style = {
        "marker": "o",
        "linestyle": "",
        "color": BLUE,
        "markeredgewidth": 1.8,
        "zorder": 3,
    }
    axes.plot([], [], markerfacecolor="white", label="read", **style)
    axes.plot([], [], label="read and renewed", **style)
    place = {"loc": "lower center", "bbox_to_anchor": (0.42, -0.07), "ncols": 2}
    axes.legend(frameon=False, **place)
    axes.set(xlim=(-2.0, 6.0), ylim=(bottom - 0.5, 1.35))
    axes.axis("off")


def main():
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    axes = figure.subplots()
    bottom = -len(PARAGRAPHS) + 0.35
    draw_lists(axes, bottom)
    for row, paragraph in enumerate(PARAGRAPHS):
        draw_paragraph(axes, row, paragraph)
    draw_legend(axes, bottom)
    figure.savefig(Path(__file__).parent / "images" / "step.png", dpi=130)


if __name__ == "__main__":
    main()
