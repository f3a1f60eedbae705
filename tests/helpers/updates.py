"""Runs updates of projects, edits and records in them, and releases templates."""

import copier
import yaml
from click.testing import CliRunner
from templates import commit, make_repository
from trainstep.answers_file import ANSWERS_FILE
from trainstep.cli import main


def run(*arguments):
    """Runs the command; returns what became of it."""
    return CliRunner().invoke(main, [*map(str, arguments)])


def run_update(folder, *arguments, exit_code=0):
    """Runs `trainstep update`; returns what it prints, its error where it fails."""
    result = run("update", folder, *arguments)
    assert result.exit_code == exit_code, result.output
    lines = result.stderr.splitlines()
    assert len(lines) == bool(exit_code)
    return lines[0] if lines else result.stdout


def run_copier(folder, changes=None, **arguments):
    """Runs `copier update`, which keeps all other answers."""
    options = {"defaults": True, "overwrite": True, "quiet": True, **arguments}
    copier.run_update(folder, data=changes, **options)


def edit(folder, name, old, new):
    """Edits a file as a user does, and commits that."""
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    commit(folder, "edit")


def record(folder, **values):
    """Changes what a project records."""
    answers = yaml.safe_load((folder / ANSWERS_FILE).read_text())
    (folder / ANSWERS_FILE).write_text(yaml.safe_dump({**answers, **values}))


def release(template, version, old, new):
    """Makes a version of the template that changes a line of the README."""
    readme = template / "template" / "project" / "README.md.jinja"
    readme.write_text(readme.read_text().replace(old, new))
    make_repository(template, tag=version)
