"""`trainstep bundle` writes a whole project, edited or not, as one file."""

import ast
import functools
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata

import nbformat
import pytest
from merged import append, find_class, list_imports, make_edited, run_ruff, write
from trainstep import combinations, render_project
from trainstep.bundle.notebook import write_notebook
from trainstep.bundle.project import emit_project
from trainstep.bundle.script import write_script
from trainstep.questions import step_questions
from trainstep.render import render_files
from updates import run

ALGORITHMS = next(q.choices for q in step_questions() if q.name == "algorithm")
ALLOWED = {*sys.stdlib_module_names, "jax", "keras", "matplotlib", "numpy", "sklearn"}
TRAIN, DATA = "src/my_model/train.py", "src/my_model/data.py"
FORMS = {"script": "bundle.py", "notebook": "bundle.ipynb"}
UNFIT = {
    (DATA, "def fail(): pass"): "fail means two things: ",
    (DATA, "def print(): pass"): "print means two things: Python's own in my_model.",
    (DATA, "import my_model.rows"): "my_model.data has `import my_model.rows`; to ",
    (DATA, "import re; x = 1"): "my_model.data has two statements in line 20; ",
    (TRAIN, "print(data)"): "my_model.train uses `data` in a way that cannot be",
}
"""By file and what is added to it, why the modules do not fit into one file."""
BROKEN = {
    "src/my_model/model.py": [b"class", "is not Python: line 1: "],
    "src/my_model/network.py": [b"x = '\xff'", "is not text in UTF-8."],
    "src/my_model/pictures.py": [b"x = '\0'", "is not Python: "],
    "src/my_model/__init__.py": [b"return 1", "is not Python: line 1: "],
    "pyproject.toml": [b"[project", "has no [project] that can be read."],
    ".copier-answers.yml": [b"", "is not a project of this template"],
}
"""By file, what it holds and the error about it."""
MISTAKES = {
    "--output new.py": "Missing option '--as'. Choose from: script, notebook",
    "--as script": "Missing option '--output'",
    "--as scrip --output new.py": "'script', 'notebook'",
    "--as script --output new.ipynb": "the name of a script ends in .py.",
    "--as notebook --output new.py": "the name of a notebook ends in .ipynb.",
    "--as script --output new.py --los x": "Did you mean --loss?",
    "--as script --output new.py --loss x": "compiled, custom",
    "--as script --output nowhere/new.py": "cannot be written",
    "--as script --output new.py --training resumable": "Only training=simple fits",
    "--as script --output new.py --project nowhere": "is not a project of this",
    "--as script --output new.py --project . --ci none": "and --ci would change it",
}


@pytest.fixture
def project(tmp_path):
    """A new project."""
    render_project({}, tmp_path / "project")
    return tmp_path / "project"


def bundle(form, folder, *arguments):
    """Runs the command, which must succeed; returns the text that it writes."""
    path = folder / FORMS[form]
    result = run("bundle", "--as", form, "--output", path, *arguments)
    assert (result.exit_code, result.stdout) == (0, f"Wrote {path}.\n")
    return path.read_text("utf-8")


def refuse(folder, *arguments):
    """Runs the command, which must change nothing; returns its one line."""
    before = read_bytes(folder)
    result = run("bundle", *arguments)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert before == read_bytes(folder)
    return result.stderr


def read_bytes(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@functools.cache
def cut_class(source):
    """Returns the text of `CustomModel`, with what decorates it."""
    node = find_class(source)
    lines = source.splitlines(keepends=True)
    return "".join(lines[node.decorator_list[0].lineno - 1 : node.end_lineno])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_script_of_every_combination(algorithm, tmp_path, monkeypatch, tally):
    monkeypatch.setattr(ast, "parse", functools.cache(ast.parse))
    wanted = [o for o in combinations() if o["algorithm"] == algorithm]
    for number, options in enumerate(wanted):
        project = emit_project(options)
        text = write_script(project)
        compile(text, "script.py", "exec")
        assert text.count(f"\n{cut_class(project.sources['my_model.model'])}\n") == 1
        write(tmp_path / f"script_{number}.py", text)
    assert list_imports(text) <= ALLOWED
    run_ruff(tmp_path)
    tally("scripts bundled, compared, linted and formatted", len(wanted))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_class_is_that_of_the_project(algorithm):
    project = emit_project({"algorithm": algorithm})
    expected = ast.dump(find_class(project.sources["my_model.model"]))
    assert ast.dump(find_class(write_script(project))) == expected


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_notebook_holds_the_script_in_cells(algorithm, tmp_path):
    project = emit_project({"algorithm": algorithm})
    write(tmp_path / "notebook.ipynb", text := write_notebook(project))
    nbformat.validate(nbformat.reads(text, as_version=4))
    install, *codes = read_cells(text, "code")
    assert install.startswith("%pip install") and '"keras>=' in install
    assert all(code in write_script(project) for code in codes[:-2])
    run_ruff(tmp_path)


def read_cells(text, kind):
    cells = json.loads(text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def test_notebook_explains_the_step_before_the_class():
    text = write_notebook(emit_project({"project_name": "Wine"}))
    title, *_, step, heading = read_cells(text, "markdown")[:5]
    assert title.startswith("# Wine\n")
    assert "## The step" in step and "## Files" not in step
    assert heading.startswith("## `model.py`\n\n`CustomModel`: ")


def test_script_names_what_to_install():
    text = write_script(emit_project({}))
    block = text[: text.index("\n# ///\n")].removeprefix("# /// script\n")
    project = tomllib.loads(render_files({})["pyproject.toml"])["project"]
    wanted = {name: project[name] for name in ("dependencies", "requires-python")}
    assert tomllib.loads(re.sub("^# ", "", block, flags=re.M)) == wanted


def test_command_bundles_options(tmp_path):
    options = {"algorithm": "gan", "package_name": "wine"}
    project = emit_project(options)
    flags = ["--algorithm", "gan", "--package-name", "wine"]
    assert bundle("script", tmp_path, *flags) == write_script(project)
    assert bundle("notebook", tmp_path, *flags) == write_notebook(project)


@pytest.mark.parametrize("form", FORMS)
def test_new_project_is_bundled_as_its_options_are(form, project, tmp_path):
    (tmp_path / "other").mkdir()
    expected = bundle(form, tmp_path / "other")
    assert bundle(form, tmp_path, "--project", project) == expected


def test_edits_are_bundled(tmp_path):
    folder = make_edited(tmp_path / "edited", {"loss": "custom"})
    (tmp_path / "new").mkdir()
    text = bundle("script", tmp_path / "new", "--project", folder)
    for line in ("(thin_out(array) for", "STEP = 3", "def count_layers", '"pandas>'):
        assert line in text
    assert "for the paper" not in text  # Nothing imports plots.py.
    notebook = bundle("notebook", tmp_path / "new", "--project", folder)
    assert "STEP = 3" in notebook and "The data is ours" not in notebook
    run_ruff(tmp_path / "new")


def test_project_without_a_readme_is_bundled(project, tmp_path):
    (project / "README.md").unlink()
    cells = read_cells(bundle("notebook", tmp_path, "--project", project), "markdown")
    assert cells[0] == "# my_model" and "## The step" not in "".join(cells)


@pytest.mark.parametrize(("name", "line"), UNFIT)
def test_modules_that_do_not_fit_take_one_line(name, line, project, tmp_path):
    append(project, name, f"\n\n{line}\n")
    flags = ["--as", "script", "--output", tmp_path / "new.py", "--project", project]
    reason = f"Error: The modules do not fit into one file: {UNFIT[name, line]}"
    assert refuse(tmp_path, *flags).startswith(reason)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("def parse_flags", "def parse", "my_model.train does not define parse_flags."),
        ("MODE =", "flags = 1\nMODE =", "has a name that the notebook needs"),
    ],
)
def test_notebook_needs_some_names(old, new, reason, project, tmp_path):
    text = (project / TRAIN).read_text("utf-8")
    write(project / TRAIN, text.replace(old, new, 1))
    flags = ["--as", "notebook", "--output", tmp_path / "new.ipynb"]
    assert reason in refuse(tmp_path, *flags, "--project", project)


@pytest.mark.parametrize("name", BROKEN)
def test_file_that_cannot_be_read_takes_one_line(name, project, tmp_path):
    content, reason = BROKEN[name]
    (project / name).write_bytes(content)
    flags = ["--as", "script", "--output", tmp_path / "new.py", "--project", project]
    assert reason in refuse(project, *flags) and not (tmp_path / "new.py").exists()


def test_file_that_is_missing_takes_one_line(project, tmp_path):
    flags = ["--as", "script", "--output", tmp_path / "new.py", "--project", project]
    (project / "pyproject.toml").unlink()
    assert "pyproject.toml cannot be read: No such file" in refuse(tmp_path, *flags)
    (project / TRAIN).unlink()
    assert "holds no src/my_model/train.py." in refuse(tmp_path, *flags)


@pytest.mark.parametrize("arguments", MISTAKES)
def test_mistake_takes_one_line(arguments, project, monkeypatch):
    monkeypatch.chdir(project)
    assert MISTAKES[arguments] in refuse(project, *arguments.split())


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_overwritten(form, tmp_path):
    write(tmp_path / FORMS[form], "mine")
    message = refuse(tmp_path, "--as", form, "--output", tmp_path / FORMS[form])
    assert message.endswith("exists already: choose another.\n")


def test_project_of_another_level_takes_one_line(tmp_path):
    render_project({"training": "distributed"}, tmp_path / "project")
    flags = ["--as", "script", "--output", tmp_path / "new.py"]
    message = refuse(tmp_path, *flags, "--project", tmp_path / "project")
    assert "Only training=simple fits into one file" in message


def test_bundling_imports_little():
    modules = ("project", "script", "notebook")
    code = "import sys; before = {*sys.modules}; "
    code += "".join(f"import trainstep.bundle.{name}; " for name in modules)
    code += "sys.exit(' '.join({n.split('.')[0] for n in {*sys.modules} - before}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True)
    names = {*result.stderr.decode().split()} & {*metadata.packages_distributions()}
    assert names - {"_yaml"} == {"jinja2", "markupsafe", "trainstep", "yaml"}
