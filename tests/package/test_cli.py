"""The command prints what was asked for, or says in one line what is wrong."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from trainstep import render_file
from trainstep.cli import main
from trainstep.diff import diff_projects
from trainstep.questions import format_answer, questions, resolve
from trainstep.render import render_files
from trainstep.template import template_root

COMMAND = [sys.executable, "-m", "trainstep"]
HEADERS = ("--- ", "+++ ")
MISTAKES = [
    (["shw"], ["Did you mean show?", "new, show, options, diff"]),
    (["show", "--los", "custom"], ["Did you mean --loss?", "--task", "--file"]),
    (["show", "--loss", "compild"], ["Did you mean compiled?", "compiled, custom"]),
    (["show", "--sample-weight", "maybe"], ["true, false"]),
    (["show", "--custom-steps", "test", "--fused-steps", "true"], ["Those that apply"]),
    (["show", "--package-name", "keras"], ["shadow", "keras_model"]),
    (["show", "--file", "modl.py"], ["src/my_model/model.py", "README.md"]),
    (["diff", "--to", "los=custom"], ["Did you mean loss?", "task"]),
    (["diff", "--to", "loss=custom,loss=compiled"], ["loss is given twice"]),
    (["diff", "--to", "loss=custom,metrics"], ["'metrics'", "option=value"]),
    (["diff", "--from", "loss=custom"], ["--to"]),
    (["new"], ["DEST"]),
    (["new", "x", "--defaults", "--gradients", "none"], ["plain, clip, accumulate"]),
    (["new", "x"], ["--defaults"]),
]


def run(*arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    return result


def run_process(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([*COMMAND, *arguments], cwd=template_root(), **options)


def read_terminal(*arguments, **variables):
    """Runs the command on a terminal, and returns what it shows there."""
    reader, writer = os.openpty()
    environment = {**os.environ, "TERM": "xterm", **variables}
    with run_process(*arguments, stdout=writer, env=environment):
        os.close(writer)
        return b"".join(iter(lambda: read_some(reader), b"")).decode()


def read_some(reader):
    try:
        return os.read(reader, 4096)
    except OSError:  # The other end is closed.
        os.close(reader)
        return b""


@pytest.mark.parametrize(("arguments", "words"), MISTAKES)
def test_mistake_takes_one_line(arguments, words):
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert all(word in result.stderr for word in words)


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_show_takes_an_option_for_each_question(question):
    answer = question.choices[-1] if question.choices else "heart_rate"
    if question.name == "author_email":
        answer = "heart@example.org"
    flag = f"--{question.name.replace('_', '-')}={format_answer(answer)}"
    result = run("show", flag, "--file", "README.md")
    assert result.stdout == render_file({question.name: answer}, "README.md")


def test_show_prints_the_very_bytes_in_a_pipe():
    with run_process("show", "--loss", "custom") as process:
        text = render_file({"loss": "custom"}, "model.py")
        assert process.stdout.read() == text.encode()


def test_show_takes_the_whole_path():
    result = run("show", "--file", "src/my_model/data.py")
    assert result.stdout == render_file({}, "data.py")


def test_show_is_coloured_on_a_terminal():
    assert "\x1b[" in read_terminal("show", NO_COLOR="")


def test_show_is_plain_where_colours_are_not_wanted():
    text = read_terminal("show", NO_COLOR="1").replace("\r\n", "\n")
    assert text == render_file({}, "model.py")


def test_show_stays_quiet_when_its_reader_is_gone():
    with run_process("show") as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_show_imports_nothing_slow():
    code = "import sys; from trainstep.cli import main; "
    code += "main(['show'], standalone_mode=False); "
    code += "sys.exit(' '.join({name.split('.')[0] for name in sys.modules}))"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=template_root(), capture_output=True)
    slow = {"copier", "jax", "keras", "numpy", "pygments", "rich", "pydantic"}
    assert result.stdout and slow.isdisjoint(result.stderr.decode().split())


def test_options_are_all_listed_within_80_columns():
    lines = run("options").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    listed = [line.split()[0] for line in lines[1:] if line and line[0] != " "]
    assert listed == [question.name for question in questions()]


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_options_say_everything_of_each(question):
    rows = " ".join(run("options").stdout.split())
    default = format_answer(resolve({})[question.name]) or "empty"
    assert all(format_answer(choice) in rows for choice in question.choices)
    assert question.help in rows
    assert f"{default} (default)" in rows or f"(default: {default})" in rows


def test_options_say_when_they_are_asked():
    assert run("options").stdout.count("Asked when a train_step() is written.") == 1


@pytest.mark.parametrize("command", ["new", "show"])
def test_help_names_options_and_choices(command):
    text = " ".join(run(command, "--help").stdout.split())
    assert "--custom-steps [train_and_test|train|test]" in text
    assert all(question.help in text for question in questions())


def test_diff_is_a_patch_from_the_one_to_the_other(tmp_path):
    for name, text in render_files({}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    patch = run("diff", "--to", "loss=custom,ci=none,license=none").stdout
    subprocess.run(["git", "apply"], input=patch.encode(), cwd=tmp_path, check=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    found = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in files}
    assert found == render_files({"loss": "custom", "ci": "none", "license": "none"})


def test_diff_tells_files_that_only_one_project_has():
    heads = ["--- /dev/null\n+++ b/src/my_model/losses.py\n", "\n+++ /dev/null\n"]
    patch = run("diff", "--to", "loss=custom,ci=none").stdout
    assert all(head in patch for head in heads)


def test_diff_takes_pairs_one_by_one_or_in_a_list():
    one_by_one = run("diff", "--to", "loss=custom", "--to", "metrics=manual")
    assert one_by_one.output == run("diff", "--to", "loss=custom,metrics=manual").output


def test_diff_keeps_the_options_that_do_not_change():
    result = run("diff", "--from", "gradients=clip", "--to", "loss=custom")
    before = {"gradients": "clip"}
    patches = diff_projects(before, {**before, "loss": "custom"})
    assert result.stdout == "".join(patches.values())


def test_diff_ends_with_a_summary():
    result = run("diff", "--to", "loss=custom")
    lines = [line for line in result.stdout.splitlines() if line[:4] not in HEADERS]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    assert f" {added} lines added, {removed} removed." in result.stderr


def test_diff_of_nothing_is_empty():
    result = run("diff", "--to", "loss=compiled")
    assert result.stdout == ""
    assert result.stderr == "0 files changed: 0 lines added, 0 removed.\n"


def test_diff_is_coloured_on_a_terminal():
    assert "\x1b[" in read_terminal("diff", "--to", "loss=custom", NO_COLOR="")


def test_completion_knows_options_and_choices():
    words = {"COMP_WORDS": "trainstep show --loss ", "COMP_CWORD": "3"}
    variables = {"_TRAINSTEP_COMPLETE": "bash_complete", **words}
    with run_process(env={**os.environ, **variables}) as process:
        assert process.stdout.read().split() == [b"plain,compiled", b"plain,custom"]
