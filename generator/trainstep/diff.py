"""What a change of options changes in the emitted project, as a patch."""

import difflib
from collections.abc import Mapping

from trainstep.questions import Options
from trainstep.render import render_files

NOTHING = "/dev/null"
"""Stands for the file that only the other project has, as in git."""


def diff_projects(before: Options, after: Options) -> dict[str, str]:
    """Compares two projects.

    Args:
        before: Answers by option; those left out take their defaults.
        after: The same, for the other project.

    Returns:
        By path, the unified diff of each file that differs. Joined, they are a patch.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
    """
    old, new = render_files(before), render_files(after)
    patches = {name: _diff_file(name, old, new) for name in sorted({*old, *new})}
    return {name: patch for name, patch in patches.items() if patch}


def summarize(patches: Mapping[str, str]) -> str:
    """Counts what a patch changes, in a line."""
    lines = [line for patch in patches.values() for line in patch.splitlines()[2:]]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    files = f"{len(patches)} file{'' if len(patches) == 1 else 's'}"
    return f"{files} changed: {added} lines added, {removed} removed."


def _diff_file(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    lines = difflib.unified_diff(
        old.get(name, "").splitlines(keepends=True),
        new.get(name, "").splitlines(keepends=True),
        fromfile=f"a/{name}" if name in old else NOTHING,
        tofile=f"b/{name}" if name in new else NOTHING,
    )
    return "".join(lines)
