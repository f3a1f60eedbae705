"""The class that is audited: where it is, and how it builds models."""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import keras

from trainstep.audit.cases.case import ModelClass
from trainstep.audit.cases.shared import BUILT_IN, build, is_sequential
from trainstep.errors import CheckError, one_line


def load(text: str) -> ModelClass:
    """Imports a class, or a function that builds models.

    Args:
        text: `FILE.py`, `FILE.py:NAME`, `package.module` or `package.module:NAME`.

    Returns:
        The class or the function, which was tried on a small network.

    Raises:
        CheckError: If there is none, or several of which none is named, or if it does
            not build models from what `keras.Model` takes.
    """
    place, name = split(text)
    try:
        module = _import_module(place)
    except (Exception, SystemExit) as error:
        raise CheckError(f"{place} cannot be imported: {describe(error)}") from error
    model_class: ModelClass = _find(module, place, name)
    _try(model_class, place)
    return model_class


def split(text: str) -> tuple[str, str]:
    """Splits `FILE.py:NAME` into the file, or the module, and the name, if any."""
    place, colon, name = text.rpartition(":")
    return (place, name) if colon else (name, "")


def find_needs(model_class: ModelClass) -> set[str]:
    """Returns what a class or a function cannot promise, for what it is."""
    if not isinstance(model_class, type):
        return {"subclass"}
    return {"functional", "subclass"} if is_sequential(model_class) else set()


@contextlib.contextmanager
def keep_bases(model_class: ModelClass) -> Iterator[None]:
    """Undoes what Keras does to a class once it is built of inputs and outputs.

    Its bases are then those of Functional models, and it can be nothing else.
    """
    classes = getattr(model_class, "__mro__", ())
    own = [c for c in classes if issubclass(c, keras.Model) and c not in BUILT_IN]
    before = [c.__bases__ for c in own]
    try:
        yield
    finally:
        for c, bases in zip(own, before, strict=True):
            c.__bases__ = bases


def describe(error: BaseException) -> str:
    """Words an error in one line."""
    message = str(error).strip().partition("\n")[0]
    return one_line(f"{type(error).__name__}: {message}".removesuffix(": "))


def _import_module(place: str) -> ModuleType:
    if not place.endswith(".py"):
        sys.path.insert(0, "")
        return importlib.import_module(place)
    path = Path(place).resolve(strict=True)
    names, folder = [path.stem], path.parent
    while (folder / "__init__.py").exists():
        names, folder = [folder.name, *names], folder.parent
    sys.path.insert(0, str(folder))
    if len(names) > 1:
        return importlib.import_module(".".join(names))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _find(module: ModuleType, place: str, name: str) -> Any:
    classes = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, keras.Model)
        and value.__module__ == module.__name__
    }
    if not name and len(classes) == 1:
        return next(iter(classes.values()))
    names = ", ".join(classes) or "no subclass of keras.Model"
    if not name:
        example = next(iter(classes), "NAME")
        raise CheckError(
            f"{place} defines {names}: name what to audit, {place}:{example}."
        )
    found = getattr(module, name, None)
    is_class = isinstance(found, type)
    if not callable(found) or (is_class and not issubclass(found, keras.Model)):
        problem = "is not a subclass of keras.Model" if found else "is not there"
        raise CheckError(f"{place}:{name} {problem}. {place} defines {names}.")
    return found


def _try(model_class: ModelClass, place: str) -> None:
    """Builds a small model, so that all cases can."""
    try:
        with keep_bases(model_class):
            problem = _find_problem(build(model_class), isinstance(model_class, type))
    except Exception as error:
        problem = describe(error)
    if problem:
        name = getattr(model_class, "__name__", "the function")
        raise CheckError(
            f"{name} cannot be built as keras.Model(inputs, outputs) is: {problem}. "
            f"Write def make(*args): return {name}(*args, ...), which fills in the "
            f"rest, and audit {place}:make."
        )


def _find_problem(model: object, is_class: bool) -> str:
    if not isinstance(model, keras.Model):
        return "what it returns is not a keras.Model"
    if is_class and not getattr(model, "inputs", None):
        return "it does not hand them on to keras.Model"
    return ""
