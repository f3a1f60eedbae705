"""Proves an emitted model: fits it, and compares it with the built-in trainer.

What it is compared with, on which data and how closely, the emitted tests say: their
`reference.py` builds the same network with Keras's own steps.
"""

import gc
import importlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import keras

from trainstep.emitted import use_project
from trainstep.errors import VerificationError
from trainstep.questions import Options
from trainstep.runs import BATCH_SIZE, Data, Run, compare, evaluate, fit

gc.freeze()  # What was imported stays: the search for garbage can leave it out.

ROWS = 2 * BATCH_SIZE
STEP_FILES = {"model.py", "batches.py", "train.py"}
"""Modules in which the emitted steps are, or which feed them."""

_references: dict[tuple[str, ...], Run] = {}


def verify(options: Options) -> Run:
    """Fits an emitted model, saves and loads it, compares it with Keras's own.

    Args:
        options: Answers by option; those left out take their defaults.

    Returns:
        What the emitted model showed.

    Raises:
        OptionError: If an option or a choice does not exist or does not apply.
        VerificationError: If the model does not learn, does not survive being
            saved and loaded, or differs from the built-in trainer.
    """
    with use_project(options) as sources:
        tests = importlib.import_module("test_model")
        reference = importlib.import_module("reference")
        data = {name: rows[:ROWS] for name, rows in reference.DATA.items()}
        model = build(tests.build_model)
        run = fit(model, data)
        expected = fit_reference(sources, reference.build_reference, data)
        problems = [
            *compare(run, expected, tests.TOLERANCE),
            *check_learning(run),
            *check_saving(model, data, run),
        ]
    if problems:
        raise VerificationError("; ".join(problems))
    return run


def build(build_model: Callable[[], keras.Model]) -> keras.Model:
    """Builds a model, so that it draws the same weights always."""
    keras.utils.set_random_seed(0)
    return build_model()


def fit_reference(
    sources: Mapping[str, str], build_reference: Callable[[], keras.Model], data: Data
) -> Run:
    """Fits the built-in trainer, once for all projects with the same reference.

    Args:
        sources: The sources of the project's modules, by path.
        build_reference: Builds the network with Keras's own steps.
        data: The data to fit.

    Returns:
        What the model showed. It depends on the network, its loss and the data.
    """
    names = [name for name in sources if Path(name).name not in STEP_FILES]
    key = tuple(sources[name] for name in names if "test_" not in name)
    if key not in _references:
        _references[key] = fit(build(build_reference), data)
    return _references[key]


def check_learning(run: Run) -> Iterator[str]:
    """Finds out whether the loss falls from the first epoch to the last."""
    first, *_, last = run.history["loss"]
    if not last < first:
        yield f"the loss goes from {first} to {last}"


def check_saving(model: keras.Model, data: Data, run: Run) -> Iterator[str]:
    """Finds out whether the saved model, loaded anew, evaluates to the same numbers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        evaluation = evaluate(keras.saving.load_model(path), data)
    if evaluation != run.evaluation:
        yield f"loaded, the model evaluates to {evaluation}, not {run.evaluation}"
