"""Imports emitted packages, as many as one likes in one process."""

import atexit
import contextlib
import functools
import importlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from generator.catalog import Options, resolve
from generator.render import render_files

MODULES = ("losses", "model", "network", "data")
"""The modules that define a model and its data, in the order of their imports."""


class Package(SimpleNamespace):
    """The modules of an emitted package; one that was not emitted is missing."""

    losses: Any
    model: Any
    network: Any
    data: Any


def import_package(options: Options, built_in: bool = False) -> Package:
    """Imports the package that the options ask for, apart from any import before.

    Args:
        options: Answers by option; those left out take their defaults.
        built_in: Whether the network shall be of Keras's own class, the base of
            `CustomModel`, in its place.

    Returns:
        The package's modules.

    Raises:
        OptionError: If an option or a choice does not exist or does not apply.
    """
    answers = resolve(options)
    package = str(answers["package_name"])
    folder = tempfile.mkdtemp(dir=_folder())
    names = _write_modules(answers, Path(folder, package))
    modules = Package()
    with _find_first(folder, package):
        for name in names:
            setattr(modules, name, importlib.import_module(f"{package}.{name}"))
            if built_in and name == "model":
                modules.model.CustomModel = modules.model.CustomModel.__base__
    return modules


@contextlib.contextmanager
def _find_first(folder: str, package: str) -> Iterator[None]:
    """Imports the package from the folder, whatever bears its name elsewhere."""
    others = _forget(package)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        _forget(package)
        sys.modules.update(others)


def _forget(package: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name.split(".")[0] == package]
    return {name: sys.modules.pop(name) for name in names}


def _write_modules(answers: Options, folder: Path) -> list[str]:
    folder.mkdir()
    files = render_files(answers)
    emitted = []
    for name in ("__init__", *MODULES):
        if text := files.get(f"src/{folder.name}/{name}.py"):
            Path(folder, f"{name}.py").write_text(text, "utf-8")
            emitted.append(name)
    return [name for name in MODULES if name in emitted]


@functools.cache
def _folder() -> str:
    """Makes the folder that keeps the sources, for tracebacks, until Python exits."""
    folder = tempfile.mkdtemp(prefix="trainstep-")
    atexit.register(shutil.rmtree, folder)
    return folder
