"""`show --standalone` prints one module whose class is that of the project."""

import ast
import subprocess
import sys

import pytest
from click.testing import CliRunner
from trainstep import OptionError, combinations, render_file
from trainstep.cli import main
from trainstep.questions import step_questions
from trainstep.single_module import merge_modules
from trainstep.standalone import render_standalone
from updates import run

ALGORITHMS = next(q.choices for q in step_questions() if q.name == "algorithm")
ALLOWED = {*sys.stdlib_module_names, "numpy", "jax", "keras"}
FULL = {"loss": "custom", "gradients": "accumulate", "fused_steps": True}
RULES = ["--select=ARG,E,F,I,W", "--isolated", "--no-cache"]
A = """\"\"\"A.\"\"\"

import numpy as np
from p.b import f

ONE = 1


def g():
    f()
"""
B = """import keras

LIST = [x for x in ()]


# Of b.
@keras.f
def f():
    pass
"""
BAD = {
    "def g(): pass": "g means two things: p.b.g and p.a.g.",
    "np = 1": "np means two things: p.b.np and numpy.",
    "import p.c": "p.b has `import p.c`",
    "from p import c": "p.b has `from p import c`",
    "from . import c": "p.b has `from . import c`",
    "from p.a import g as h": "p.b has `from p.a import g as h`",
    "from p.missing import g": "p.b has `from p.missing import g`",
}


def find_class(text, name="CustomModel"):
    tree = ast.parse(text).body
    return next(n for n in tree if isinstance(n, ast.ClassDef) and n.name == name)


def list_imports(text):
    """Lists the packages that a module imports, inside functions too."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def run_ruff(folder):
    for command in (["check", *RULES], ["format", "--check", "--isolated"]):
        ruff = [sys.executable, "-m", "ruff", *command, "."]
        result = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_class_of_every_combination_is_that_of_the_project(algorithm, tmp_path, tally):
    texts = set()
    for options in combinations():
        if options["algorithm"] == algorithm:
            texts.add(text := render_standalone(options))
            project = find_class(render_file(options, "src/my_model/model.py"))
            assert ast.dump(find_class(text)) == ast.dump(project)
            assert list_imports(text) <= ALLOWED
    for number, text in enumerate(texts):
        (tmp_path / f"module_{number}.py").write_text(text)
    run_ruff(tmp_path)
    tally("standalone modules compared, linted and formatted", len(texts))


def test_module_runs_alone(tmp_path):
    (tmp_path / "alone.py").write_text(render_standalone(FULL, "Mine"))
    code = "import alone, sys; alone.Mine; sys.exit('my_model' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_class_takes_a_name():
    text = render_standalone(FULL, "Mine")
    renamed = render_standalone(FULL).replace("CustomModel", "Mine")
    assert text == renamed and "CustomModel" not in text
    assert '@keras.saving.register_keras_serializable(package="my_model")' in text


@pytest.mark.parametrize("name", ["", "a b", "class", "CustomLoss", "keras", "math"])
def test_name_that_no_class_can_have_is_refused(name):
    with pytest.raises(OptionError):
        render_standalone(FULL, name)


def test_command_prints_the_module():
    result = run("show", "--standalone", "--loss", "custom", "--class-name", "Mine")
    assert result.stdout == render_standalone({"loss": "custom"}, "Mine")


def test_class_name_alone_is_refused():
    result = CliRunner().invoke(main, ["show", "--class-name", "Mine"])
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


def test_modules_are_merged_in_the_order_of_need():
    head = '"""A."""\n\nimport keras\nimport numpy as np\n\nONE = 1\n\n\n'
    rest = B.partition("\n\n")[2] + "\n\ndef g():\n    f()\n"
    assert merge_modules({"p.a": A, "p.b": B}, "p.a") == head + rest


def test_module_that_two_import_is_merged_once():
    c = "from p.b import f\n\nC = f()\n"
    sources = {"p.a": A.replace("p.b", "p.c"), "p.b": B, "p.c": c}
    assert merge_modules(sources, "p.a").count("def f()") == 1


@pytest.mark.parametrize("line", BAD)
def test_what_cannot_be_merged_takes_one_line(line):
    with pytest.raises(ValueError) as caught:
        merge_modules({"p.a": A, "p.b": f"{B}{line}\n"}, "p.a")
    assert str(caught.value).startswith(BAD[line])
