"""The check of one combination: rendered, linted, fitted and compared."""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from trainstep.errors import VerificationError
from trainstep.questions import Options, format_answer
from trainstep.render import render_files

LINT = (["check"], ["format", "--check"])
"""What the emitted `make lint` runs ruff with."""


def name_combination(options: Options) -> str:
    """Writes options as one types them: `task=regression,sample_weight=true`."""
    return ",".join(f"{name}={format_answer(a)}" for name, a in options.items())


def reproduce(name: str) -> str:
    """Returns the command that checks one combination alone."""
    return shlex.join(["trainstep", "check", "--only", name])


def check(options: Options) -> None:
    """Renders, lints, fits and compares a combination.

    Args:
        options: Answers by option; those left out take their defaults.

    Raises:
        RenderError: If the template is at fault.
        VerificationError: If ruff finds something, or the model is not right.
    """
    from trainstep.verify import verify  # Imports Keras.

    lint(render_files(options))
    verify(options)


def lint(files: Mapping[str, str]) -> None:
    """Lints a rendered project by its own rules, as its `make lint` does.

    Args:
        files: The files' texts by their paths.

    Raises:
        VerificationError: If ruff has something to say, which the error's note holds.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for arguments in LINT:
            _run_ruff(arguments, folder)


def _run_ruff(arguments: list[str], folder: str) -> None:
    options = ["--output-format=concise", "--no-cache"]
    command = [sys.executable, "-m", "ruff", *arguments, *options, "."]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        output = (result.stdout + result.stderr).strip()
        first_line = output.partition("\n")[0]
        error = VerificationError(f"ruff {arguments[0]}: {first_line}")
        error.add_note(output)
        raise error
