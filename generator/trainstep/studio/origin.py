"""Where the studio's template comes from."""

import functools
import json
from dataclasses import dataclass

from trainstep.answers_file import find_source, find_version
from trainstep.template import template_root

ORIGIN_FILE = "origin.json"
"""Beside `copier.yml`, where the template is no longer where it came from."""


@dataclass(frozen=True)
class Origin:
    """Where a template comes from.

    Attributes:
        source: What projects record as their template.
        version: What they record as its version.
        place: The URL or the path that `copier copy` takes.
        reference: The revision that it takes there; empty where that is not in git.
    """

    source: str
    version: str
    place: str
    reference: str


@functools.cache
def find_origin() -> Origin:
    """Finds where the template comes from, as recorded or as it lies on disk."""
    root = template_root()
    if (root / ORIGIN_FILE).is_file():
        return Origin(**json.loads((root / ORIGIN_FILE).read_text("utf-8")))
    reference = "HEAD" if (root / ".git").exists() else ""
    return Origin(find_source(), find_version(), str(root), reference)
