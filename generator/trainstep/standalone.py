"""Prints the emitted class alone: one module, with all that it needs."""

import keyword
import re
from pathlib import PurePosixPath

from trainstep.errors import OptionError, RenderError, quote
from trainstep.questions import Options, resolve
from trainstep.render import render_files
from trainstep.single_module import list_names, merge_modules

CLASS = "CustomModel"


def render_standalone(options: Options, class_name: str = CLASS) -> str:
    """Renders one module with the class that the options ask for.

    Args:
        options: Answers by option; those left out take their defaults.
        class_name: The name of the class.

    Returns:
        The module's text. It imports nothing of the emitted project.

    Raises:
        OptionError: If an answer is not allowed, or does not apply, or if the class
            cannot have that name.
        RenderError: If the template is at fault.
    """
    package = resolve(options)["package_name"]
    modules = {
        f"{package}.{PurePosixPath(name).stem}": text
        for name, text in render_files(options, f"src/{package}/").items()
    }
    try:
        text = merge_modules(modules, f"{package}.model")
    except ValueError as error:
        raise RenderError(f"The modules cannot be merged: {error}") from error
    if class_name == CLASS:
        return text
    _check_name(class_name, list_names(text))
    return re.sub(rf"\b{CLASS}\b", class_name, text)


def _check_name(name: str, taken: set[str]) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise OptionError(f"{quote(name)} is not a name that a Python class can have.")
    if name in taken:
        raise OptionError(f"The module has another {name}: choose another class name.")
