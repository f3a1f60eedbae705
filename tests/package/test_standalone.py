"""`show --standalone` prints one module whose class is that of the project."""

import ast
import subprocess
import sys

import pytest
from click.testing import CliRunner
from merged import find_class, list_imports, run_ruff
from trainstep import OptionError, combinations, render_file
from trainstep.cli import main
from trainstep.questions import step_questions
from trainstep.standalone import render_standalone
from updates import run

ALGORITHMS = next(q.choices for q in step_questions() if q.name == "algorithm")
ALLOWED = {*sys.stdlib_module_names, "numpy", "jax", "keras"}
FULL = {"loss": "custom", "gradients": "accumulate", "fused_steps": True}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_class_of_every_combination_is_that_of_the_project(algorithm, tmp_path, tally):
    pairs = {
        (render_standalone(options), render_file(options, "src/my_model/model.py"))
        for options in combinations()
        if options["algorithm"] == algorithm
    }
    for number, (text, model) in enumerate(pairs):
        assert ast.dump(find_class(text)) == ast.dump(find_class(model))
        assert list_imports(text) <= ALLOWED
        (tmp_path / f"module_{number}.py").write_text(text)
    run_ruff(tmp_path)
    tally("standalone modules compared, linted and formatted", len(pairs))


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
