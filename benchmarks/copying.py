"""`copier copy` of the template, against that of an empty template."""

import functools
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from trainstep import git, render_project
from trainstep.template import template_root

from benchmarks.rows import Row, at_most, summarize
from benchmarks.timing import divide, run_command, time_rounds

COPIER = Path(sysconfig.get_path("scripts"), "copier")
AUTHOR = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")


def measure(rounds: int = 11) -> Iterator[Row]:
    """Compares copies of templates that lie in a folder, and in git.

    Args:
        rounds: How many times to copy each.

    Yields:
        The ratios for this template, then for its files without Jinja.
    """
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make_templates(root / "a folder")
        shutil.copytree(root / "a folder", root / "git")
        for template in (root / "git").iterdir():
            commit(template)
        for source in (root / "a folder", root / "git"):
            runs = {
                template.name: functools.partial(copy, template)
                for template in source.iterdir()
            }
            seconds = time_rounds(runs, rounds)
            name = f"time of `copier copy` from {source.name}"
            row = functools.partial(summarize, baseline="an empty template")
            ratios = divide(seconds["template"], seconds["empty"])
            yield row(name, ratios, at_most(1.2))
            ratios = divide(seconds["files"], seconds["empty"])
            yield row(f"{name}, the files without Jinja", ratios)


def make_templates(folder: Path) -> None:
    """Makes this template, one of the files that it emits, and an empty one."""
    template = folder / "template"
    shutil.copytree(template_root() / "template", template / "template")
    shutil.copy(template_root() / "copier.yml", template)
    render_project({}, folder / "files" / "project")
    (folder / "empty" / "project").mkdir(parents=True)
    (folder / "empty" / "project" / "empty.txt").touch()
    for name in ("files", "empty"):
        (folder / name / "copier.yml").write_text("_subdirectory: project\n")


def commit(folder: Path) -> None:
    """Commits a folder to git, and tags the commit."""
    git.run(folder, "init", "--quiet")
    git.run(folder, "add", "--all")
    git.run(folder, *AUTHOR, "commit", "--quiet", "--message", "first")
    git.run(folder, "tag", "v1.0.0")


def copy(template: Path) -> None:
    """Copies a template with its default answers, and deletes the copy."""
    with tempfile.TemporaryDirectory() as name:
        dest = str(Path(name, "project"))
        run_command(str(COPIER), "copy", "--quiet", "--defaults", str(template), dest)
