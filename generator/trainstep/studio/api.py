"""What the page asks, from a server or in the browser: `call(method, arguments)`.

Everything that goes in and out is JSON. Jinja, yaml and the standard library are all
that is imported, so that a browser can run it.
"""

import base64
import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from trainstep.errors import OptionError, suggest
from trainstep.questions import resolve
from trainstep.studio.project import describe, name_folder, render_all
from trainstep.studio.views import render_view

Given = Mapping[str, str]


def call(method: str, arguments: Mapping[str, Any]) -> Any:
    """Answers the page.

    Args:
        method: What is asked: a name of `METHODS`.
        arguments: What it takes, by name. Options are answers as one types them.

    Returns:
        The answer, of what JSON can hold.

    Raises:
        OptionError: If the method does not exist, or if an option is not allowed and
            the answer needs a whole project.
        RenderError: If the template is at fault.
    """
    if method not in METHODS:
        raise OptionError(f"There is no method {method!r}. {suggest(method, METHODS)}")
    return METHODS[method](**arguments)


def zip_project(options: Given) -> dict[str, str]:
    """Packs the project into a zip file, with the same bytes for the same options.

    Returns:
        The file's name, and its bytes in base 64.
    """
    answers = resolve(options)
    folder = name_folder(answers)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in render_all(answers).items():
            entry = zipfile.ZipInfo(f"{folder}/{name}")
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    content = base64.b64encode(file.getvalue()).decode()
    return {"name": f"{folder}.zip", "content": content}


METHODS: Mapping[str, Callable[..., Any]] = {
    "project": describe,
    "view": render_view,
    "zip": zip_project,
}
