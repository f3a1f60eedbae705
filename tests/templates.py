"""Copies of the template, for tests to run Copier on and to change."""

import shutil
import subprocess

from generator.config import template_root


def copy_template(folder):
    """Copies the template into a new folder, of which Copier takes what is there."""
    folder.mkdir()
    shutil.copy(template_root() / "copier.yml", folder)
    shutil.copytree(template_root() / "template", folder / "template")
    return folder


def make_checkout(folder):
    """Makes a folder a git checkout, one commit after its only tag."""
    git(folder, "init", "--quiet")
    commit(folder, "first")
    git(folder, "tag", "v1.0.0")
    (folder / "template" / "project" / "second.txt").touch()
    commit(folder, "second")
    return folder


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder, *arguments):
    author = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    command = ["git", "-C", str(folder), *author, *arguments]
    subprocess.run(command, check=True, capture_output=True)
