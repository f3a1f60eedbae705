"""The files of the page, for the local server and for the static site."""

import json
from pathlib import Path

from trainstep.studio.api import call
from trainstep.studio.gallery import docs, list_cards

FOLDER = Path(__file__).parent / "page"
PLACE = '<script id="start" type="application/json">'
"""After this, the page holds what it starts with."""


def list_files(backend: str) -> dict[str, bytes]:
    """Lists the files of the page by their paths.

    Args:
        backend: What answers the page: `server` or `worker`.
    """
    cards = list_cards()
    images = [card["image"] for card in cards]
    files = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    files |= {name: (docs() / name).read_bytes() for name in images}
    project = call("project", {"options": {}})
    start = {"backend": backend, "cards": cards, "project": project}
    text = json.dumps(start).replace("<", "\\u003c")  # Nothing ends the element early.
    index = files["index.html"].decode().replace(PLACE, PLACE + text)
    return {**files, "index.html": index.encode()}
