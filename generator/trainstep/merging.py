"""Merges what changes between two renderings into the files that a user edited."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass

from trainstep import git
from trainstep.template import read_config

Files = Mapping[str, str]
"""Texts by path. Bytes that are not UTF-8 are surrogates in them."""

MARKER = f"<<<<<<< {git.LABELS[0]}"


@dataclass(frozen=True)
class Change:
    """What becomes of a file.

    Attributes:
        what: `changed`, `added`, `removed`, `conflict`, or `kept` where the user
            edited a file that is no longer emitted.
        before: The text before; `None` where there is no file.
        after: The text after; `None` where there is no file.
    """

    what: str
    before: str | None
    after: str | None

    @property
    def conflicts(self) -> list[int]:
        """The numbers of the lines at which conflicts are marked."""
        lines = (self.after or "").split("\n") if self.what == "conflict" else []
        return [number for number, line in enumerate(lines, 1) if line == MARKER]


def merge(base: Files, current: Files, new: Files) -> dict[str, Change]:
    """Merges what changes from one rendering to another into a project's files.

    Args:
        base: The files as they were emitted.
        current: The files as the user edited them.
        new: The files as they are emitted now.

    Returns:
        What becomes of each file that does not simply stay, by path.

    Raises:
        TemplateError: If there is no git, or a file is not a text.
    """
    changes = {}
    for name in sorted({*base, *new}):
        texts = base.get(name), current.get(name), new.get(name)
        merge_one = _leave if _is_users(name) else _merge_file
        if base.get(name) != new.get(name) and (change := merge_one(*texts)):
            changes[name] = change
    return changes


def _is_users(name: str) -> bool:
    """Says whether a file is the user's alone, once it is there."""
    patterns = read_config().get("_skip_if_exists", ())
    return any(fnmatch.fnmatch(f"/{name}", pattern) for pattern in patterns)


def _leave(base: str | None, current: str | None, new: str | None) -> Change | None:
    if current is None:
        return _merge_file(base, current, new)
    return Change("kept", current, current) if new is None else None


def _merge_file(
    base: str | None, current: str | None, new: str | None
) -> Change | None:
    if current is None:  # What the user deleted stays deleted.
        return Change("added", None, new) if base is None else None
    if new is None:
        edited = current != base
        after = current if edited else None
        return Change("kept" if edited else "removed", current, after)
    if current == new:
        return None
    if current == base:
        return Change("changed", current, new)
    merged = git.merge_file(current, base or "", new)
    marked = MARKER in merged.split("\n")
    return Change("conflict" if marked else "changed", current, merged)
