"""Proves an emitted model: fits it, and compares it with its reference.

The reference, the data and the tolerance are those of the emitted tests: their
`reference.py` says what is right.
"""

import gc
import importlib
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from trainstep.emitted import use_project
from trainstep.errors import VerificationError
from trainstep.questions import Options
from trainstep.render import render_files

gc.freeze()  # What was imported stays: the search for garbage can leave it out.

ROWS = 64
STEP_FILES = {
    "model.py",
    "fused_functions.py",
    "fused_steps.py",
    "micro_batches.py",
    "train.py",
}
"""Modules in which the emitted steps are, or which feed them."""

ABOUT_STEPS = re.compile(
    r"^ *(TOLERANCE|STEPS_PER_EXECUTION|fused_steps) = .*\n"
    r"|(?<=steps_per_execution or )\d+|\d+(?= if left out)",
    re.MULTILINE,
)
"""What other modules say about the emitted steps: how many run in a call, how closely
they are compared. What a reference gives depends on none of it."""

Results = Mapping[str, Any]
Evaluate = Callable[[keras.Model, Mapping[str, Any]], Results]

_references: dict[tuple[str, ...], Results] = {}


def verify(options: Options, like: Options | None = None) -> Results:
    """Fits an emitted model, saves and loads it, compares it with its reference.

    Args:
        options: Answers by option; those left out take their defaults.
        like: Answers of the project whose reference says what is right, if it is
            another one, which trains the same network in the same way.

    Returns:
        What the emitted model showed: lists of numbers and arrays by name.

    Raises:
        OptionError: If an option or a choice does not exist or does not apply.
        VerificationError: If the model does not survive being saved and loaded, or
            differs from its reference.
    """
    expected = find_expected(options if like is None else like)
    with use_project(options):
        reference: Any = importlib.import_module("reference")
        reference.evaluate = load_first(reference.evaluate)
        data = take_whole_batches(reference.DATA)
        _, results = reference.fit(reference.build_model, data)
        problems = list(reference.find_differences(results, expected))
    if problems:
        raise VerificationError("; ".join(problems))
    return dict(results)


def find_expected(options: Options) -> Results:
    """Returns what is right, computed once for all projects with equal references.

    Args:
        options: Answers by option; those left out take their defaults.

    Returns:
        What the reference showed. It depends on the network, its loss and the data.
    """
    files = render_files(options).items()
    texts = [text for name, text in files if is_about_reference(Path(name))]
    key = tuple(ABOUT_STEPS.sub("", text) for text in texts)
    if key not in _references:
        with use_project(options):
            reference = importlib.import_module("reference")
            data = take_whole_batches(reference.DATA)
            _references[key] = reference.expected(data)
    return _references[key]


def is_about_reference(path: Path) -> bool:
    """Returns whether what a reference gives can depend on an emitted file."""
    is_test = path.name.startswith("test_")
    return path.suffix == ".py" and not is_test and path.name not in STEP_FILES


def take_whole_batches(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the first rows, without the partial last batch, which compiles twice."""
    return {name: rows[:ROWS] for name, rows in data.items()}


def load_first(evaluate: Evaluate) -> Evaluate:
    """Makes a function that saves a model, and evaluates what is loaded from there."""

    def evaluate_loaded(model: keras.Model, data: Mapping[str, Any]) -> Results:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            model.save(path)
            return evaluate(keras.saving.load_model(path), data)

    return evaluate_loaded
