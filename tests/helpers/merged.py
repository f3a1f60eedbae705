"""What is true of merged modules, and projects to merge that somebody has edited."""

import ast
import functools
import subprocess
import sys

from lived_in import live_in
from templates import read_files
from trainstep import render_project

RULES = ["--select=ARG,E,F,I,W", "--isolated", "--no-cache"]
DATA = "src/my_model/data.py"


parse = functools.lru_cache(2)(ast.parse)


def find_class(text, name="CustomModel"):
    tree = parse(text).body
    return next(n for n in tree if isinstance(n, ast.ClassDef) and n.name == name)


def list_imports(text):
    """Lists the packages that a module imports, inside functions too."""
    nodes = list(ast.walk(parse(text)))
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def run_ruff(folder):
    for command in (["check", *RULES], ["format", "--check", "--isolated"]):
        ruff = [sys.executable, "-m", "ruff", *command, "."]
        result = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout


def make_edited(folder, options):
    """Makes a project whose user has edited it, and added a module to it."""
    render_project(options, folder)
    for name, text in live_in(read_files(folder)).items():
        write(folder / name, text)
    write(
        folder / "src" / "my_model" / "rows.py",
        '"""Rows of our own."""\n\nSTEP = 3\n\n\ndef thin_out(array):\n'
        '    """Keeps some of the rows."""\n    return array[::STEP]\n',
    )
    text = (folder / DATA).read_text("utf-8").replace("array[::2]", "thin_out(array)")
    imports = "import load_example_data\n"
    own = f"{imports}from my_model.rows import thin_out\n"
    write(folder / DATA, text.replace(imports, own))
    return folder


def append(folder, name, text):
    path = folder / name
    write(path, path.read_text("utf-8") + text)


def write(path, text):
    path.write_text(text, "utf-8")
