"""Imports emitted projects, as many as one likes in one process."""

import atexit
import contextlib
import functools
import importlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from trainstep.questions import Options, resolve
from trainstep.render import render_files

FOLDERS = ("src", "tests")
"""The emitted folders from which modules are imported."""


@contextlib.contextmanager
def use_project(options: Options) -> Iterator[dict[str, str]]:
    """Makes the modules of an emitted project importable by their names.

    The modules stay usable afterwards, but their names are free again: whatever was
    imported by these names before, or is imported so later, is another module.

    Args:
        options: Answers by option; those left out take their defaults.

    Yields:
        The sources of the project's modules, by path.

    Raises:
        OptionError: If an option or a choice does not exist or does not apply.
    """
    files = render_files(options)
    sources = {name: text for name, text in files.items() if name.endswith(".py")}
    root = Path(tempfile.mkdtemp(dir=_folder()))
    for name, text in sources.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    with import_from(root):
        yield sources


def import_model(options: Options) -> ModuleType:
    """Imports the `model.py` that the options ask for, apart from any import before.

    Args:
        options: Answers by option; those left out take their defaults.

    Returns:
        The module.

    Raises:
        OptionError: If an option or a choice does not exist or does not apply.
    """
    with use_project(options):
        return importlib.import_module(f"{resolve(options)['package_name']}.model")


@contextlib.contextmanager
def import_from(project: Path) -> Iterator[None]:
    """Imports a project's modules first, whatever bears their names elsewhere."""
    folders = [project / name for name in FOLDERS]
    names = {path.stem for folder in folders for path in folder.iterdir()}
    others = _forget(names)
    sys.path[:0] = paths = list(map(str, folders))
    try:
        yield
    finally:
        for path in paths:
            sys.path.remove(path)
        _forget(names)
        sys.modules.update(others)


def _forget(names: set[str]) -> dict[str, ModuleType]:
    forgotten = [name for name in sys.modules if name.split(".")[0] in names]
    return {name: sys.modules.pop(name) for name in forgotten}


@functools.cache
def _folder() -> str:
    """Makes the folder that keeps the sources, for tracebacks, until Python exits."""
    folder = tempfile.mkdtemp(prefix="trainstep-")
    atexit.register(shutil.rmtree, folder)
    return folder
