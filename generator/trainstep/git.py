"""What this package asks git."""

import shutil
import subprocess
from pathlib import Path

from trainstep.errors import TemplateError


def run(folder: Path, *arguments: str) -> str:
    """Runs git in a folder and returns what it prints.

    Raises:
        TemplateError: If there is no git, or it fails.
    """
    if not shutil.which("git"):
        raise TemplateError("git is not installed.")
    command = ["git", "-C", str(folder), *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no reason given"]
        raise TemplateError(f"git {arguments[0]} fails in {folder}: {lines[-1]}")
    return result.stdout


def find_obstacle(folder: Path) -> str:
    """Says why a folder is no clean checkout; empty where it is one."""
    try:
        changed = run(folder, "status", "--porcelain")
    except TemplateError as error:
        return str(error).rstrip(".")
    return f"{folder} has uncommitted changes" if changed else ""
