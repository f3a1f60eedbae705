"""Runs pytest for `trainstep check`."""

import contextlib
import json
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainstep.questions import Options

if TYPE_CHECKING:
    from trainstep.check.reporter import Reporter

PYTEST = (
    *("-c", os.devnull, "-p", "no:cacheprovider", "-p", "trainstep.check.plugin"),
    *("--dist", "load", "--max-worker-restart", "100000"),
    *("--quiet", "--no-header", "--no-summary", "--timeout-method", "thread"),
    *("--disable-warnings", "--show-capture", "no"),
)
"""How pytest is run: by no settings of the current folder, crashes and all."""


def run_pytest(
    combinations: Sequence[Options], arguments: list[str], reporter: "Reporter"
) -> int:
    """Runs a test of each combination in worker processes.

    Args:
        combinations: The combinations.
        arguments: More arguments for pytest.
        reporter: Hears of the outcomes.

    Returns:
        Pytest's exit code.
    """
    import pytest

    tests = Path(__file__).with_name("test_combination.py")
    with tempfile.TemporaryDirectory() as folder, _interrupt_on_end():
        os.environ["KERAS_BACKEND"] = "jax"
        # GPUs round otherwise than references allow; whoever wants one says so.
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        # Fits last a few batches: optimizing their steps would take longer.
        os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(folder, "jax")))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        path = Path(folder, "combinations.json")
        path.write_text(json.dumps([dict(o) for o in combinations]), "utf-8")
        command = [str(tests), "--combinations", str(path), *PYTEST, *arguments]
        return int(pytest.main(command, plugins=[reporter]))


@contextlib.contextmanager
def _interrupt_on_end() -> Iterator[None]:
    """Takes the signal that ends a process for an interrupt."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
