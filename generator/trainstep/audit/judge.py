"""Puts a class in the place of `keras.Model`, case by case, in this process."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from trainstep.audit.cases import CASES, Case
from trainstep.audit.cases.case import ModelClass
from trainstep.audit.cases.shared import (
    LEFT_OUT,
    WEIGHTS,
    X,
    Y,
    build,
    compile_own,
    is_sequential,
)
from trainstep.audit.compare import find_differences, is_exact
from trainstep.audit.outcome import Outcome
from trainstep.audit.target import describe, find_needs, keep_bases, load, split


class Judge:
    """Knows a class, and judges it by one case after the other."""

    def __init__(self, target: str) -> None:
        """Imports the class.

        Args:
            target: Where it is: `FILE.py:NAME` or `package.module:NAME`.

        Raises:
            CheckError: If it cannot be audited.
        """
        self._model_class = load(target)
        self._file = str(Path(split(target)[0]).resolve())
        leave_out_what_fails(self._model_class)

    def __call__(self, case: str) -> Outcome:
        """Returns what comes of a case."""
        return judge(CASES[case], self._model_class, self._file)


def run_case(case: Case, model_class: ModelClass) -> Any:
    """Runs a case from the same seed always; returns what is to be equal."""
    keras.utils.clear_session()  # Layers are named as in a new process.
    keras.utils.set_random_seed(0)
    with keep_bases(model_class):
        return case.run(model_class)


def judge(case: Case, model_class: ModelClass, file: str = "") -> Outcome:
    """Runs a case with a class and with Keras's own.

    Args:
        case: The case.
        model_class: The class, or a function that builds models.
        file: The class's file, whose line is named where a case fails.

    Returns:
        The outcome.
    """
    start = time.perf_counter()
    status, problem = _judge(case, model_class, file)
    return Outcome(case.name, status, problem, time.perf_counter() - start)


def leave_out_what_fails(model_class: ModelClass) -> None:
    """Finds out what a class cannot do at all: other cases then do without it."""
    for own in (set[str](), {"metrics"}, {"loss"}, {"loss", "metrics"}):
        LEFT_OUT.clear()
        LEFT_OUT.update(own)
        if _works(_fit, model_class):
            break
    else:
        LEFT_OUT.clear()
    probes = {"evaluation": _evaluate, "sample_weight": _fit_with_weights}
    failing = [name for name, probe in probes.items() if not _works(probe, model_class)]
    LEFT_OUT.update(failing)


def _judge(case: Case, model_class: ModelClass, file: str) -> tuple[str, str]:
    """Returns the status of a case, and the problem or how closely numbers agree."""
    if needs := case.needs & find_needs(model_class):
        return "left out", f"needs {', '.join(sorted(needs))}"
    reference = keras.Sequential if is_sequential(model_class) else keras.Model
    try:
        expected = run_case(case, reference)
    except Exception as error:
        return "left out", f"{reference.__name__} itself fails: {describe(error)}"
    try:
        results = run_case(case, model_class)
    except (Exception, SystemExit) as error:
        return "fails", describe(error) + _locate(error, file)
    if differences := find_differences(results, expected):
        return "differs", differences
    return "holds", "" if is_exact(results, expected) else "apart from rounding"


def _fit(model: Any) -> None:
    model.fit(X[:8], Y[:8], verbose=0)


def _evaluate(model: Any) -> None:
    model.evaluate(X[:8], Y[:8], verbose=0)


def _fit_with_weights(model: Any) -> None:
    model.fit(X[:8], Y[:8], sample_weight=WEIGHTS[:8], verbose=0)


def _works(probe: Callable[[Any], None], model_class: ModelClass) -> bool:
    try:
        with keep_bases(model_class):
            probe(compile_own(model_class, build(model_class), "sgd"))
    except Exception:
        return False
    return True


def _locate(error: BaseException, file: str) -> str:
    """Names the last line of a file that an error came through, if any."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == file]
    return f" (line {lines[-1]})" if lines else ""
