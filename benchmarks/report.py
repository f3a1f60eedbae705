"""What a run found: as a table, as JSON, and on a page."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks.picture import draw
from benchmarks.rows import Row, format_figure

DOCS = Path(__file__).parent.parent / "docs"

BLOCK = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)", re.DOTALL)
"""The part of the page that is written from the figures."""


@dataclass(frozen=True)
class Report:
    """What a run found.

    Attributes:
        machine: What it ran on and when, by name.
        rows: The figures.
    """

    machine: dict[str, str]
    rows: Sequence[Row]


JSON = TypeAdapter(Report)


def read_report(docs: Path = DOCS) -> Report:
    """Reads the report that was published last."""
    return JSON.validate_json((docs / "performance.json").read_bytes())


def publish(report: Report, docs: Path = DOCS) -> None:
    """Writes a report as JSON, draws its picture, and puts its tables on the page.

    Args:
        report: A report of all benchmarks.
        docs: The folder of `performance.md`, which has a place for the tables.
    """
    page = docs / "performance.md"
    (docs / "performance.json").write_bytes(JSON.dump_json(report, indent=2) + b"\n")
    draw(report.rows, docs / "images" / "performance.png")
    tables = format_page_block(report)
    page.write_text(BLOCK.sub(lambda _: tables, page.read_text("utf-8")), "utf-8")


def format_page_block(report: Report) -> str:
    """Writes the part of the page that is made from a report."""
    machine = make_table(["what it ran on", ""], report.machine.items())
    return f"\n{format_rows(report.rows)}\n\n{machine}\n\n"


def format_rows(rows: Iterable[Row]) -> str:
    """Lays out figures and their targets as a table of Markdown."""
    header = ["what", "against", "median", "quartiles", "repeats", "target", "met"]
    return make_table(header, map(make_cells, rows))


def make_cells(row: Row) -> list[str]:
    """Words a row, one text for each column."""
    low, high = map(format_figure, row.quartiles)
    return [
        row.name,
        row.baseline,
        f"{format_figure(row.median)} {row.unit}",
        f"{low} to {high}" if row.repeats > 1 else "",
        str(row.repeats),
        str(row.target or ""),
        {True: "yes", False: "no", None: ""}[row.met],
    ]


def make_table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Lays out texts as a table of Markdown."""
    table = Table(*header, box=MARKDOWN)
    for row in rows:
        table.add_row(*row)
    console = Console(file=io.StringIO(), width=500, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().strip().splitlines())
