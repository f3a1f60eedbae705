"""The template on disk: where it is, its settings and questions, and its Jinja."""

import functools
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from trainstep.errors import TemplateError

TEMPLATE_VARIABLE = "TRAINSTEP_TEMPLATE"
"""Names the environment variable that names the template's folder."""


@functools.cache
def template_root() -> Path:
    """Finds the folder of `copier.yml`.

    Returns:
        The folder that the environment variable names; without one, that of the
        checkout or of the installed package.

    Raises:
        TemplateError: If the folder that the variable names holds no template.
    """
    package = Path(__file__).resolve().parent
    chosen = os.environ.get(TEMPLATE_VARIABLE)
    folders = (Path(chosen).resolve(),) if chosen else (package.parents[1], package)
    for folder in folders:
        if (folder / "copier.yml").is_file():
            return folder
    raise TemplateError(f"{TEMPLATE_VARIABLE}: there is no copier.yml in {chosen}.")


@functools.cache
def read_config() -> Mapping[str, Any]:
    """Reads `copier.yml`: settings, whose names begin with `_`, and questions.

    Raises:
        TemplateError: If it is not YAML.
    """
    path = template_root() / "copier.yml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # The fast one, if built.
    try:
        config: Mapping[str, Any] = yaml.load(path.read_text(encoding="utf-8"), loader)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise TemplateError(f"{path} cannot be read: {problem}") from error
    return config


@functools.cache
def environment() -> jinja2.Environment:
    """Makes the Jinja environment that `copier.yml` asks Copier for."""
    settings = {**read_config()["_envops"], "undefined": jinja2.StrictUndefined}
    loader = jinja2.FileSystemLoader(template_root())
    jinja = jinja2.Environment(loader=loader, **settings)
    jinja.filters["regex_replace"] = _regex_replace
    jinja.filters["to_nice_yaml"] = _to_nice_yaml
    return jinja


def fill(text: str, context: Mapping[str, Any]) -> str:
    """Fills values into a short text with Jinja, such as the name of a file."""
    return _compile(text).render(context) if "{" in text else text


def name_project(dest: Path) -> str:
    """Names a project after its folder, as Copier does."""
    folder = Path(os.path.abspath(dest)).name
    return fill(read_config()["project_name"]["default"], {"_folder_name": folder})


def next_steps(dest: Path) -> str:
    """Words what to do with a new project, as Copier does after a copy."""
    message = read_config()["_message_after_copy"]
    answers = {"_src_path": str(template_root())}
    context = {"_copier_conf": {"dst_path": dest}, "_copier_answers": answers}
    return fill(message, context).strip()


@functools.cache
def _compile(text: str) -> jinja2.Template:
    return environment().from_string(text)


def _regex_replace(text: str, pattern: str, replacement: str) -> str:
    """Stands in for the filter of that name that Copier brings."""
    return re.sub(pattern, replacement, text)


def _to_nice_yaml(values: Mapping[str, Any]) -> str:
    """Stands in for the filter of that name that Copier brings."""
    return yaml.dump(values, indent=4, allow_unicode=True, default_flow_style=False)
