"""trainstep: knows the template's options, renders any of them and proves all."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - Whoever has no pip gets one line, too.
    sys.exit("trainstep needs Python 3.11 or newer.")

from trainstep.combinations import combinations
from trainstep.errors import (
    OptionError,
    RenderError,
    TemplateError,
    TrainstepError,
    VerificationError,
)
from trainstep.render import render_file
from trainstep.writing import render_project

__all__ = [
    "OptionError",
    "RenderError",
    "TemplateError",
    "TrainstepError",
    "VerificationError",
    "combinations",
    "render_file",
    "render_project",
]
