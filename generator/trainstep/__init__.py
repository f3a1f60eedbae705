"""trainstep: knows the template's options, renders any of them and proves all."""

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
