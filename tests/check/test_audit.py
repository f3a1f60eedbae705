"""`trainstep audit` says what differs, whatever the class does to its process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from trainstep import render_file
from trainstep.audit.cases import CASES, NEEDS
from trainstep.audit.compare import find_differences, is_exact
from trainstep.audit.workers import judge_all
from trainstep.cli import main

GUIDE = str(Path(__file__).parents[1] / "helpers" / "guide_steps.py:Guide2023")
MISTAKES = [
    ([], "Name a class: FILE.py, FILE.py:NAME or MODULE:NAME."),
    (["nowhere.py"], "There is no file nowhere.py."),
    (["nowhere.py:Step"], "There is no file nowhere.py."),
    (
        ["x.py", "--case", "mask"],
        "no case 'mask'. Did you mean masks? `trainstep audit",
    ),
    (["x.py", "--without", "weights"], "'weights'. Did you mean sample_weight? Choose"),
    (["x.py", "--own-loss", "--case", "masks"], "No case is left"),
    (["x.py", "--case", "masks", "--without", "functional"], "No case is left"),
    (["x.py", "--json", "nowhere/out.json"], "nowhere/out.json"),
]
DIES = """
import os
import time

import keras


class Dies(keras.Model):
    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        if self.run_eagerly:
            os.kill(os.getpid(), 9)
        if not self.jit_compile:
            time.sleep(1000)
"""


def run(*arguments):
    return CliRunner().invoke(main, ["audit", *arguments])


@pytest.mark.parametrize(("arguments", "words"), MISTAKES)
def test_mistake_takes_one_line(arguments, words):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert words in result.stderr


def test_class_that_cannot_be_built_takes_one_line(tmp_path):
    (tmp_path / "step.py").write_text("x = 1\n")
    result = run(str(tmp_path / "step.py"))
    notice, line = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Running the code of" in notice and "no subclass of keras.Model" in line


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """What an audit of a faulty class printed, and its JSON."""
    path = tmp_path_factory.mktemp("audit") / "out.json"
    cases = ("--case", "partial_last_batch", "--case", "evaluation")
    result = run(GUIDE, *cases, "--case", "several_metrics", "--json", str(path))
    return result, json.loads(path.read_text())


def test_table_says_what_differs_and_what_to_do(audited):
    result, _ = audited
    assert result.exit_code == 1
    words = " ".join(result.stdout.split())
    assert "partial_last_batch differs logs loss by 0.03" in words
    assert f"You notice: {CASES['partial_last_batch'].notice}" in words
    assert "Our step: model.py, line " in words and "sample_weight=batch_size" in words


def test_error_names_the_line_of_the_class(audited):
    words = " ".join(audited[0].stdout.split())
    assert (
        "evaluation fails TypeError: Guide2023.compute_loss_and_updates() got" in words
    )


def test_last_line_counts(audited):
    line = "3 cases: 1 hold, 1 differ, 1 fail, 0 left out."
    assert audited[0].stdout.splitlines()[-1] == line


def test_json_has_everything(audited):
    report = audited[1]
    assert report["counts"] == {"holds": 1, "differs": 1, "fails": 1, "left out": 0}
    assert report["versions"].keys() == {"trainstep", "keras", "jax"}
    statuses = {case["case"]: case["status"] for case in report["cases"]}
    assert statuses["several_metrics"] == "holds"
    assert all(case["our_step"]["line"] > 1 for case in report["cases"])


def test_says_first_that_it_runs_the_code(audited):
    file = GUIDE.rpartition(":")[0]
    assert f"Running the code of {file} in processes of its own." in audited[0].stderr


def test_case_that_kills_or_hangs_fails_and_the_others_go_on(tmp_path):
    (tmp_path / "dies.py").write_text(DIES)
    cases = ["run_eagerly", "without_jit", "evaluation"]
    outcomes = list(judge_all(str(tmp_path / "dies.py"), cases, jobs=1, limit=12.0))
    problems = {outcome.case: outcome.problem for outcome in outcomes}
    assert problems.pop("evaluation") == ""
    assert "was killed by SIGKILL" in problems["run_eagerly"]
    assert "did not end within 12 seconds" in problems["without_jit"]


def test_class_that_kills_its_process_at_once_is_a_mistake(tmp_path):
    (tmp_path / "dies.py").write_text("import os\nos._exit(3)\n")
    result = run(str(tmp_path / "dies.py"), "--case", "evaluation")
    assert result.exit_code == 2
    assert "its process ended, with exit code 3" in result.stderr


def test_emitted_class_holds(tmp_path):
    (tmp_path / "model.py").write_text(render_file({}, "model.py"))
    result = run(str(tmp_path / "model.py"), "--case", "evaluation")
    assert (result.exit_code, result.stdout.splitlines()[-1][:15]) == (
        0,
        "1 case: 1 hold,",
    )


def test_progress_is_shown_on_a_terminal():
    reader, writer = os.openpty()
    command = [
        sys.executable,
        "-m",
        "trainstep",
        "audit",
        GUIDE,
        "--case",
        "evaluation",
    ]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=writer)
    os.close(writer)
    assert b"1/1" in os.read(reader, 100_000)


def test_list_names_all_cases_and_needs():
    result = run("--list")
    assert result.exit_code == 0
    words = result.stdout.split()
    assert CASES.keys() <= set(words) and NEEDS.keys() <= set(words)


def test_list_is_of_the_cases_asked_for():
    words = run("--list", "--own-loss", "--without", "saving").stdout.split()
    assert "metrics_reset" in words
    assert not {"saved_and_loaded", "sum_reduction"} & set(words)


def test_needs_of_cases_are_known():
    assert set().union(*(case.needs for case in CASES.values())) == NEEDS.keys()


@pytest.mark.parametrize(
    ("results", "problem"),
    [
        ({"logs": {"loss": [1.0, 2.0]}, "weights": [3.0]}, ""),
        ({"logs": {"loss": [1.0, 2.0 + 1e-7]}, "weights": [3.0]}, ""),
        (
            {"logs": {"loss": [1.0, 2.5]}, "weights": [3.01]},
            "logs loss by 0.5, weights",
        ),
        ({"logs": {"loss": [1.0, 2.0]}, "weights": [[3.0]]}, "there are more or fewer"),
        ({"logs": {}, "weights": [3.0]}, "logs loss is missing"),
        ({"logs": {"loss": [1.0, float("nan")]}, "weights": [3.0]}, "logs loss by inf"),
    ],
)
def test_differences_are_named(results, problem):
    expected = {"logs": {"loss": [1.0, 2.0]}, "weights": [3.0]}
    assert find_differences(results, expected).startswith(problem)
    assert bool(find_differences(results, expected)) == bool(problem)
    assert is_exact(results, expected) == (results == expected)


def test_facts_are_named():
    assert find_differences({"steps": 0}, {"steps": 10}) == "steps: 0, not 10"
