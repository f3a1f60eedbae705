"""What a bundle takes of a project, as it is emitted or as it was edited since."""

import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trainstep.answers_file import read_record
from trainstep.errors import TemplateError
from trainstep.questions import Options, resolve
from trainstep.render import render_files

README, SETTINGS = "README.md", "pyproject.toml"
LEVEL = "simple"


@dataclass(frozen=True)
class Project:
    """What a bundle takes of a project.

    Attributes:
        package: The name of its package.
        sources: The texts of the package's modules by their names, with dots.
        readme: The text of its README; empty without one.
        requirements: The packages that it needs, as pip takes them.
        python: The versions of Python that it runs on, as pip takes them.
    """

    package: str
    sources: dict[str, str]
    readme: str
    requirements: list[str]
    python: str


def emit_project(options: Options) -> Project:
    """Renders the project that the options ask for.

    Raises:
        OptionError: If an answer is not allowed, or does not apply.
        TemplateError: If the project is one that no bundle can hold.
        RenderError: If the template is at fault.
    """
    answers = resolve(options)
    _check_level(answers)
    return _make_project(answers, render_files(answers))


def read_project(folder: Path) -> Project:
    """Reads a project from its folder, with all that was edited in it.

    Raises:
        TemplateError: If it is not a project, if a file cannot be read or is not
            Python, or if the project is one that no bundle can hold.
    """
    answers = read_record(folder).answers
    _check_level(answers)
    package = folder / "src" / str(answers.get("package_name"))
    if not (package / "train.py").is_file():
        raise TemplateError(f"{folder} holds no src/{package.name}/train.py.")
    texts = {path: _read(path) for path in sorted(package.rglob("*.py"))}
    for path, text in texts.items():
        _check_code(path, text)
    readme = [folder / README] if (folder / README).is_file() else []
    texts |= {path: _read(path) for path in (*readme, folder / SETTINGS)}
    files = {p.relative_to(folder).as_posix(): text for p, text in texts.items()}
    return _make_project(answers, files)


def quote_requirement(requirement: str) -> str:
    """Quotes what pip takes, for a shell or for TOML."""
    return f"'{requirement}'" if '"' in requirement else f'"{requirement}"'


def fits_one_file(answers: Options) -> bool:
    """Says whether a project with these answers fits into one file."""
    return answers.get("training", LEVEL) == LEVEL


def _check_level(answers: Options) -> None:
    if not fits_one_file(answers):
        raise TemplateError(
            f"Only training={LEVEL} fits into one file, and the project has "
            f"training={answers['training']}."
        )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise TemplateError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise TemplateError(f"{path} is not text in UTF-8.") from error


def _check_code(path: Path, code: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # They are for those who run it.
            compile(code, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        problem = f"line {error.lineno}: {error.msg}"
        raise TemplateError(f"{path} is not Python: {problem}.") from error
    except ValueError as error:
        raise TemplateError(f"{path} is not Python: {error}.") from error


def _make_project(answers: Options, files: Mapping[str, str]) -> Project:
    try:
        settings = tomllib.loads(files[SETTINGS])["project"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise TemplateError(f"{SETTINGS} has no [project] that can be read.") from error
    package = str(answers["package_name"])
    return Project(
        package=package,
        sources={
            _name_module(PurePosixPath(name)): text
            for name, text in files.items()
            if name.startswith(f"src/{package}/")
        },
        readme=files.get(README, ""),
        requirements=list(settings.get("dependencies", [])),
        python=str(settings.get("requires-python", ">=3.11")),
    )


def _name_module(path: PurePosixPath) -> str:
    """Names a module by its path below `src`; a package by that of its folder."""
    names = path.with_suffix("").parts[1:]
    return ".".join(names[:-1] if names[-1] == "__init__" else names)
