"""Copies of the template, for tests to run Copier on and to change."""

import shutil
import subprocess

from trainstep.template import template_root


def copy_template(folder):
    """Copies the template into a new folder, of which Copier takes what is there."""
    folder.mkdir()
    shutil.copy(template_root() / "copier.yml", folder)
    shutil.copytree(template_root() / "template", folder / "template")
    return folder


def make_checkout(folder):
    """Makes a folder a git checkout, one commit after its only tag."""
    make_repository(folder, tag="v1.0.0")
    (folder / "template" / "project" / "second.txt").touch()
    commit(folder, "second")
    return folder


def make_repository(folder, files=(), tag=None):
    """Commits a folder to git, with more files in it; perhaps tags the commit."""
    for name, text in dict(files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    git(folder, "init", "--quiet")
    commit(folder, "first")
    if tag:
        git(folder, "tag", tag)
    return folder


def read_files(folder):
    """Reads the files of a project by path, except git's and Copier's own."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    skipped = {".git", "__pycache__", ".copier-answers.yml"}
    return {
        path.as_posix(): (folder / path).read_text("utf-8")
        for path in paths
        if not skipped.intersection(path.parts)
    }


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder, *arguments):
    author = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    command = ["git", "-C", str(folder), *author, *arguments]
    subprocess.run(command, check=True, capture_output=True)
