"""The gallery of algorithms: what `docs/algorithms.md` and its cards say."""

import re
from pathlib import Path

from trainstep.template import template_root

ROW = re.compile(
    r"\| \[!\[.*?\]\((?P<image>[\w/.]+)\)\]\((?P<card>[\w/.]+)\) "
    r"\| \[`--(?P<option>\w+) (?P<choice>\w+)`\]\(.*?\) \| (?P<what>.*?) "
    r"\| (?P<result>.*?) \|"
)
"""A row of the table of the page."""


def list_cards() -> list[dict[str, str]]:
    """Lists the cards, in the order of the page; none where it is not at hand."""
    page = docs() / "algorithms.md"
    text = page.read_text("utf-8") if page.is_file() else ""
    return [_read_card(match.groupdict()) for match in ROW.finditer(text)]


def docs() -> Path:
    """Returns the folder of the documents, which need not exist."""
    return template_root() / "docs"


def _read_card(row: dict[str, str]) -> dict[str, str]:
    """Adds to a row of the table the card's title, and what its picture shows."""
    text = (docs() / row.pop("card")).read_text("utf-8")
    found = re.match(r"# (?P<title>.*?):.*\n\n!\[(?P<caption>.*?)\]", text)
    return {**row, **(found.groupdict() if found else {})}
