"""Renders the files of a project, to the bytes that Copier writes."""

import jinja2

from trainstep.errors import RenderError, TemplateError, quote, suggest
from trainstep.questions import Options, complete, resolve
from trainstep.template import environment, fill, template_root

PROJECT = "template/project"
SUFFIX = ".jinja"


def render_file(options: Options, file: str) -> str:
    """Renders one file of the project that the options ask for.

    Args:
        options: Answers by option; those left out take their defaults.
        file: The file's path in the project, or the end of it: `model.py`.

    Returns:
        The file's text, as `render_project()` writes it.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
        TemplateError: If the project has no such file, or more than one.
        RenderError: If the template is at fault, such as by a missing part.
    """
    answers = complete(resolve(options))
    sources = file_sources(answers)
    names = [name for name in sources if f"/{name}".endswith(f"/{file}")]
    if file in names:
        names = [file]
    if len(names) != 1:
        number = "more than one" if names else "no"
        problem = f"The project has {number} file {quote(file)}."
        raise TemplateError(f"{problem} {suggest(file, names or sources)}")
    return _render(sources[names[0]], answers)


def render_files(options: Options, folder: str = "") -> dict[str, str]:
    """Renders the files of the project that the options ask for.

    Args:
        options: Answers by option; those left out take their defaults.
        folder: How the paths of the files begin; all files if left out.

    Returns:
        The files' texts by their paths, without the record of the answers.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
        RenderError: If the template is at fault, such as by a missing part.
    """
    answers = complete(resolve(options))
    return {
        name: _render(source, answers)
        for name, source in file_sources(answers).items()
        if name.startswith(folder)
    }


def file_sources(answers: Options) -> dict[str, str]:
    """Finds the templates of the files that a project consists of.

    Args:
        answers: The answers to all questions, as `complete()` returns them.

    Returns:
        The templates' names by the paths of the files they emit, without the record
        of the answers. What Python compiled of the template counts for nothing.
    """
    sources = {}
    for path in sorted((template_root() / PROJECT).rglob("*")):
        source = path.relative_to(template_root()).as_posix()
        passed_over = "__pycache__" in path.parts or "_copier_conf" in source
        if path.is_file() and not passed_over:
            name = fill(source, answers)
            parts = name.removeprefix(f"{PROJECT}/").removesuffix(SUFFIX).split("/")
            if all(parts):
                sources["/".join(parts)] = source
    return sources


def _render(source: str, answers: Options) -> str:
    if not source.endswith(SUFFIX):
        return (template_root() / source).read_text(encoding="utf-8")
    try:
        return environment().get_template(source).render(answers)
    except jinja2.TemplateNotFound as error:
        raise RenderError(
            f"{error.name} is missing, which {source} includes: "
            "template/README.md lists the files of a choice."
        ) from error
    except jinja2.TemplateError as error:
        raise RenderError(
            f"{_locate(error, source)} does not render: {error}"
        ) from error


def _locate(error: jinja2.TemplateError, source: str) -> str:
    """Names the template that an error is about, and the line where it is known."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"{error.name}, line {error.lineno},"
    return source
