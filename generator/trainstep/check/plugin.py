"""The pytest plugin of `trainstep check`: it makes a test of each combination."""

import importlib
import json
from pathlib import Path

import pytest

from trainstep.check.combination import name_combination


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option by which `trainstep check` names the combinations."""
    parser.addoption("--combinations", type=Path, help="JSON: a list of options.")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Imports Keras in the workers, so that no combination pays for it."""
    if hasattr(session.config, "workerinput"):
        importlib.import_module("trainstep.verify")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test of each combination."""
    combinations = json.loads(metafunc.config.getoption("combinations").read_text())
    metafunc.parametrize("options", combinations, ids=name_combination)
