"""What this package asks git."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from trainstep.errors import TemplateError

LABELS = ("before updating", "last update", "after updating")
"""What conflict markers call the user's text, the old text and the new one."""


def run(folder: Path, *arguments: str) -> str:
    """Runs git in a folder and returns what it prints.

    Raises:
        TemplateError: If there is no git, or it fails.
    """
    result = _start(folder, *arguments)
    if result.returncode:
        error = result.stderr.decode(errors="replace").strip()
        reason = error.rpartition("\n")[-1] or "no reason given"
        raise TemplateError(f"git {arguments[0]} fails in {folder}: {reason}")
    return result.stdout.decode(errors="surrogateescape")


def tracks(path: Path) -> bool:
    """Says whether a file is tracked by git.

    Raises:
        TemplateError: If there is no git.
    """
    found = _start(path.parent, "ls-files", "--error-unmatch", "--", path.name)
    return found.returncode == 0


def find_obstacle(folder: Path) -> str:
    """Says what in a folder is not committed; empty where all is.

    Raises:
        TemplateError: If there is no git, or it fails.
    """
    changed = run(folder, "status", "--porcelain", "--", ".")
    return f"{folder} has uncommitted changes" if changed else ""


def merge_file(current: str, base: str, new: str) -> str:
    """Merges into a text what changed between two others.

    Args:
        current: The text to be changed.
        base: The text that both come from.
        new: What became of it elsewhere.

    Returns:
        The merged text, in which conflicts are marked as `LABELS` says.

    Raises:
        TemplateError: If there is no git, or one of them is not a text.
    """
    arguments = [word for label in LABELS for word in ("-L", label)]
    with tempfile.TemporaryDirectory() as name:
        for file, text in zip("012", (current, base, new), strict=True):
            Path(name, file).write_bytes(text.encode(errors="surrogateescape"))
        result = _start(Path(name), "merge-file", "-p", *arguments, *"012")
    if result.returncode > 127:  # Below, it is the number of conflicts.
        raise TemplateError(f"git cannot merge: {result.stderr.decode().strip()}")
    return result.stdout.decode(errors="surrogateescape")


def _start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    if not shutil.which("git"):
        raise TemplateError("This needs git, which is not installed.")
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True)
