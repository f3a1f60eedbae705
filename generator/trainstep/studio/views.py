"""What else the page shows of the options, beside the files of the project."""

from collections.abc import Callable, Mapping

from trainstep.questions import Options
from trainstep.standalone import render_standalone

VIEWS: Mapping[str, tuple[str, Callable[[Options], str]]] = {
    "class": ("custom_model.py", render_standalone),
}
"""By name: the file that it is downloaded as, and what renders it."""


def list_views() -> dict[str, str]:
    """Lists the names of the views, each with that of its file."""
    return {name: file for name, (file, _) in VIEWS.items()}


def render_view(options: Options, name: str) -> str:
    """Renders a view of the project that the options ask for.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
        RenderError: If the template is at fault.
    """
    return VIEWS[name][1](options)
