"""A whole project as one script."""

import textwrap

from trainstep.bundle.project import Project, quote_requirement
from trainstep.parsed_module import Module
from trainstep.single_module import arrange_modules, find_gap

WIDTH = 88


def write_script(project: Project) -> str:
    """Writes a script that trains the model, with the flags of the project.

    It begins with the packages that it needs, in the form that `uv run` and
    `pipx run` read.

    Raises:
        ValueError: If the project's modules cannot be merged.
    """
    merged = arrange_modules(project.sources, f"{project.package}.train")
    sections = [_format_section(module) for module in merged.modules]
    body = "\n\n\n".join(sections)
    parts = [_format_metadata(project), merged.docstring, merged.header, body]
    return "\n\n".join(filter(None, parts)) + "\n"


def name_file(module: Module) -> str:
    """Names the file of a module, by its path in the package."""
    return module.name.partition(".")[2].replace(".", "/") + ".py"


def _format_metadata(project: Project) -> str:
    lines = [f'requires-python = "{project.python}"', "dependencies = ["]
    lines += [
        f"    {quote_requirement(requirement)}," for requirement in project.requirements
    ]
    text = "\n".join(["/// script", *lines, "]", "///"])
    return textwrap.indent(text, "# ")


def _format_section(module: Module) -> str:
    lines = [name_file(module), *module.description.splitlines()]
    wrapped = [textwrap.wrap(line, WIDTH - 2) or [""] for line in lines]
    comment = "\n".join(f"# {line}".rstrip() for group in wrapped for line in group)
    return f"{comment}{find_gap(module.code)}{module.code}"
