"""Distributions of trainstep, and environments into which pip installs them."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from trainstep.template import template_root

SOURCES = (
    "LICENSE",
    "README.md",
    "copier.yml",
    "docs",
    "generator",
    "pyproject.toml",
    "template",
)


def list_requirements(*wanted):
    """Names all that some requirements need, by the names of distributions."""
    left, found = [*wanted], set()
    while left:
        requirement = Requirement(left.pop())
        name = canonicalize_name(requirement.name)
        applies = not requirement.marker or requirement.marker.evaluate({"extra": ""})
        if applies and name not in found:
            found.add(name)
            left += metadata.requires(name) or []
    return found


def link_packages(folder, *wanted):
    """Links what some requirements need, and nothing else, into a new folder."""
    (folder / "bin").mkdir(parents=True)
    for name in list_requirements(*wanted):
        distribution = metadata.distribution(name)
        for file in distribution.files:
            is_program = file.parts[0] == ".." and file.parent.name == "bin"
            top = f"bin/{file.name}" if is_program else file.parts[0]
            if top not in ("..", "__pycache__") and not (folder / top).exists():
                source = distribution.locate_file(file if is_program else top)
                (folder / top).symlink_to(source)
    return folder


def copy_sources(folder, version):
    """Copies what the distributions are built of, and gives it a version."""
    folder.mkdir()
    for name in SOURCES:
        source = template_root() / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    text = (folder / "pyproject.toml").read_text()
    text = text.replace('version = "0.1.0"', f'version = "{version}"')
    (folder / "pyproject.toml").write_text(text)
    return folder


def build(sources, dest, *targets):
    """Builds distributions."""
    arguments = [word for target in targets for word in ("--target", target)]
    command = [sys.executable, "-m", "hatchling", "build", "-d", dest, *arguments]
    subprocess.run(command, cwd=sources, check=True)


@dataclass(frozen=True)
class Installed:
    """An environment into which pip has installed trainstep.

    Attributes:
        folder: The environment's folder.
        packages: The folder of all other packages that can be imported there.
    """

    folder: Path
    packages: Path

    @property
    def package(self):
        [package] = self.folder.glob("lib/python*/site-packages/trainstep")
        return package

    def run(self, *arguments, cwd, **variables):
        """Runs the command in a folder."""
        command = [self.folder / "bin" / "trainstep", *arguments]
        environment = isolate(self.packages, **variables)
        options = {"env": environment, "capture_output": True, "text": True}
        return subprocess.run(command, cwd=cwd, **options)


def install(folder, what, dist, *requirements):
    """Installs a distribution into a new environment, as pip does it: compiled.

    Args:
        folder: The environment's folder.
        what: The distribution, as one names it to pip.
        dist: The folder of distributions, the only ones that pip finds.
        *requirements: What else can be imported there.
    """
    packages = link_packages(folder.with_name(f"{folder.name}-packages"), *requirements)
    venv.create(folder)
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    find = ["--no-index", "--find-links", dist, "--no-build-isolation"]
    for command in (["install", *find, what], ["check"]):
        subprocess.run([*pip, *command], env=isolate(packages), check=True)
    return Installed(folder, packages)


def isolate(packages, **variables):
    """Returns the environment of processes that import some packages only."""
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return {**kept, "PATH": path, "PYTHONPATH": str(packages), **variables}
