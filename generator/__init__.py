"""trainstep: knows the template's options, renders any of them and proves all."""

from generator.catalog import combinations
from generator.errors import OptionError, RenderError, TemplateError, TrainstepError
from generator.render import render_file, render_project

__all__ = [
    "OptionError",
    "RenderError",
    "TemplateError",
    "TrainstepError",
    "combinations",
    "render_file",
    "render_project",
]
