"""The check of one combination: rendered, linted, fitted and compared."""

import json
import shlex
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from trainstep.errors import TrainstepError, VerificationError
from trainstep.questions import Options, format_answer
from trainstep.render import render_files

LINT = (["check"], ["format", "--check"])
"""What the emitted `make lint` runs ruff with."""


@dataclass(frozen=True)
class Outcome:
    """What came of the check of one combination.

    Attributes:
        options: The combination: answers by option.
        problem: What is wrong, in a line; empty where the combination passed.
        details: All that is known of the problem: a traceback, what a linter said.
        seconds: How long the check took.
    """

    options: Options
    problem: str
    details: str
    seconds: float

    @property
    def status(self) -> str:
        """Either `passed` or `failed`."""
        return "failed" if self.problem else "passed"

    @property
    def name(self) -> str:
        """The combination, as `--only` takes it."""
        return name_combination(self.options)

    @property
    def command(self) -> str:
        """The command that checks this combination alone."""
        return shlex.join(["trainstep", "check", "--only", self.name])

    def to_json(self) -> str:
        """Writes the outcome into one line."""
        return json.dumps(asdict(self))


def name_combination(options: Options) -> str:
    """Writes options as one types them: `task=regression,sample_weight=true`."""
    return ",".join(f"{name}={format_answer(a)}" for name, a in options.items())


def check(options: Options) -> Outcome:
    """Renders, lints, fits and compares a combination, and tells what is wrong.

    Args:
        options: Answers by option; those left out take their defaults.

    Returns:
        The outcome. Whatever the emitted code or a tool raises is its problem.
    """
    start = time.perf_counter()
    problem = details = ""
    try:
        lint(render_files(options))
        from trainstep.verify import verify  # Imports Keras.

        verify(options)
    except TrainstepError as error:
        details = "\n".join([str(error), *getattr(error, "__notes__", ())])
        problem = details.partition("\n")[0] or type(error).__name__
    except (Exception, SystemExit) as error:
        details = traceback.format_exc()
        problem = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return Outcome(options, problem, details, time.perf_counter() - start)


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
