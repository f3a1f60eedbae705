"""What a change of options changes in the emitted project, as a patch."""

import difflib
import io
from collections.abc import Mapping

from trainstep.questions import Options
from trainstep.render import render_files

NOTHING = "/dev/null"
"""Stands for the file that only the other project has, as in git."""
NO_NEWLINE = "\n\\ No newline at end of file\n"


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
    return diff_files(render_files(before), render_files(after))


def diff_files(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Compares files: texts by path.

    Returns:
        By path, the unified diff of each file that differs. Joined, they are a patch.
    """
    patches = {name: _diff_file(name, old, new) for name in sorted({*old, *new})}
    return {name: patch for name, patch in patches.items() if patch}


def summarize(patches: Mapping[str, str]) -> str:
    """Counts what a patch changes, in a line."""
    counts = [count_lines(patch) for patch in patches.values()]
    added, removed = sum(count[0] for count in counts), sum(c[1] for c in counts)
    files = f"{len(patches)} file{'' if len(patches) == 1 else 's'}"
    return f"{files} changed: {added} lines added, {removed} removed."


def count_lines(patch: str) -> tuple[int, int]:
    """Counts the lines that the patch of a file adds, and those that it removes."""
    lines = patch.splitlines()[2:]
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return added, removed


def _diff_file(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    lines = difflib.unified_diff(
        _split(old.get(name, "")),
        _split(new.get(name, "")),
        fromfile=f"a/{name}" if name in old else NOTHING,
        tofile=f"b/{name}" if name in new else NOTHING,
    )
    return "".join(line if line[-1] == "\n" else line + NO_NEWLINE for line in lines)


def _split(text: str) -> list[str]:
    """Splits a text at what ends lines for git, and at nothing else."""
    return io.StringIO(text, newline="\n").readlines()
