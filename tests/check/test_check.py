"""`trainstep check` reports what is wrong with each combination, whatever happens."""

import json
import os
from unittest.mock import Mock
from xml.etree import ElementTree

import forks
import pytest
from click.testing import CliRunner
from trainstep import VerificationError, combinations
from trainstep.check import combination, running, selection
from trainstep.check.reporter import Outcome, format_failure
from trainstep.cli import main
from trainstep.questions import questions

PASSING = {"limited", "plain", "remarked", "waiting"}
FAILING = {
    "reversed": "loss differs by",
    "killed": "crashed while running",
    "endless": "crashed while running",
    "unlinted": "ruff check: src/my_model/model.py:",
    "unformatted": "reformat",
    "lacking": "template/parts/gradients/lacking/differentiate.jinja is missing",
}
MISTAKES = [
    (["--only", "los=custom"], ["'los'", "Did you mean loss?"]),
    (["--only", "license=MIT"], ["'license'", "algorithm"]),
    (["--only", "loss=compild"], ["Did you mean compiled?"]),
    (["--only", "loss"], ["option=value"]),
    (["--only", "loss=custom,loss=compiled"], ["loss is given twice"]),
    (["--only", "custom_steps=test,gradients=clip"], ["no combination"]),
    (["--shard", "0/8"], ["'0/8'", "2/8"]),
    (["--shard", "9/8"], ["'9/8'", "2/8"]),
    (["--shard", "half"], ["'half'", "2/8"]),
    (["--jobs", "0"], ["--jobs"]),
    (["--timeout", "0"], ["--timeout"]),
    (["--junit", "."], ["--junit", "directory"]),
    (["--json", "."], ["--json", "directory"]),
]

pytestmark = pytest.mark.xdist_group("check")  # One check serves most of the tests.


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    return forks.make_fork(tmp_path_factory.mktemp("fork") / "template", *forks.CHOICES)


@pytest.fixture(scope="module")
def checked(fork, tmp_path_factory):
    """A folder in which the fork was checked, and what that printed."""
    folder = tmp_path_factory.mktemp("checked")
    (folder / "go").touch()
    arguments = ["--jobs", "1", "--timeout", "15"]
    arguments += ["--junit", "out.xml", "--json", "out.json"]
    result = forks.run(fork, folder, "check", "--only", forks.FIXED, *arguments)
    return folder, *result


@pytest.fixture
def outcomes(checked):
    """The outcomes by the choice of `gradients`, as the JSON has them."""
    return forks.read_report(checked[0])


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=str)
def test_mistake_takes_one_line(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["check", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert all(word in result.stderr for word in words)


def test_missing_package_takes_one_line(monkeypatch):
    requirements = ['nothing>=1; extra == "verify"']
    monkeypatch.setattr("importlib.metadata.requires", {"trainstep": requirements}.get)
    result = CliRunner().invoke(main, ["check", "--only", "los=custom"])
    problem = 'Error: nothing is missing: pip install "trainstep[verify]"\n'
    assert (result.exit_code, result.output) == (2, problem)


@pytest.mark.parametrize("named", ["", "cuda"])
def test_cpus_are_used_unless_others_are_named(named, monkeypatch):
    environment = {"JAX_PLATFORMS": named} if named else {}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(pytest, "main", lambda *_, **__: 0)
    running.run_pytest([], [], reporter=None)
    assert environment["JAX_PLATFORMS"] == (named or "cpu")


@pytest.mark.parametrize("count", [1, 2, 7, 8, 999, 10000])
def test_shards_are_disjoint_complete_and_of_one_size(count):
    everything = list(combinations())
    shards = [selection.take_shard(everything, k + 1, count) for k in range(count)]
    assert [options for shard in shards for options in shard] == everything
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_only_takes_the_combinations_with_all_answers():
    only = {"gradients": "clip", "sample_weight": "false"}
    answers = {"gradients": "clip", "sample_weight": False}.items()
    expected = [options for options in combinations() if answers <= options.items()]
    assert selection.select(only) == expected != []


@pytest.mark.parametrize("choice", sorted(PASSING))
def test_choice_of_a_fork_passes_without_python(choice, outcomes):
    assert outcomes[choice]["status"] == "passed"


def test_every_combination_is_checked_whatever_happens_to_others(outcomes):
    assert outcomes.keys() == forks.CHOICES.keys()
    passed = {c for c, outcome in outcomes.items() if outcome["status"] == "passed"}
    assert passed == PASSING


@pytest.mark.parametrize("choice", FAILING)
def test_failure_is_reported_with_the_command_for_it_alone(choice, checked, outcomes):
    output, outcome = checked[2], outcomes[choice]
    assert FAILING[choice] in outcome["problem"]
    assert outcome["problem"] in output
    fixed, fused = forks.FIXED.rsplit(",", 1)
    command = f"trainstep check --only {fixed},gradients={choice},{fused}"
    assert command == outcome["command"]
    assert f"\n    {command}\n" in output


def test_failures_are_counted(checked):
    _, code, output, _ = checked
    passed, failed = len(PASSING), len(FAILING)
    line = f"{passed + failed} combinations checked: {passed} passed, {failed} failed."
    assert (code, output.splitlines()[-1]) == (1, line)


def test_junit_has_a_case_for_each_combination(checked, outcomes):
    (suite,) = ElementTree.parse(checked[0] / "out.xml").getroot()
    assert int(suite.get("tests")) == len(outcomes)
    failed = [c for c in suite if c.findall("failure") or c.findall("error")]
    assert len(failed) == len(FAILING)
    commands = [p.get("value") for p in suite.iter("property")]
    assert set(commands) <= {outcome["command"] for outcome in outcomes.values()}


@pytest.mark.parametrize("text", ["unused = 1\n", "x = (1)\n"])
def test_lint_finds_what_ruff_finds(text):
    with pytest.raises(VerificationError, match=r"^ruff ") as caught:
        combination.lint({"model.py": f"def f():\n    {text}", "pyproject.toml": ""})
    assert "model.py" in caught.value.__notes__[0]


def test_combination_is_rendered_linted_and_verified(monkeypatch):
    lint = Mock()
    monkeypatch.setattr(combination, "lint", lint)
    monkeypatch.setattr("trainstep.verify.verify", verify := Mock())
    combination.check({"loss": "custom"})
    assert "src/my_model/losses.py" in lint.call_args.args[0]
    assert verify.call_args.args == ({"loss": "custom"},)


def test_end_of_long_details_is_printed():
    details = "\n".join(f"line {number}" for number in range(99))
    outcome = Outcome("ValueError", details, 1.0)
    lines = format_failure("task=regression", outcome).splitlines()
    head, problem, *tail, command = lines
    assert (head, problem) == ("FAILED task=regression", "    ValueError")
    assert (tail[0], tail[-1]) == ("    line 87", "    line 98")
    assert command == "    trainstep check --only task=regression"


def test_json_names_versions(checked):
    versions = json.loads((checked[0] / "out.json").read_text())["versions"]
    assert versions.keys() == {"trainstep", "python", "keras", "jax", "ruff"}


def test_missing_slot_takes_one_line(fork, tmp_path):
    result = forks.run(fork, tmp_path, "show", "--gradients", "lacking")
    assert result[:2] == (1, "")
    assert FAILING["lacking"] in result[2] and "template/README.md" in result[2]
    assert len(result[2].splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "words"), [(None, "there is no copier.yml"), ("a: [", "cannot be read")]
)
def test_template_that_is_none_takes_one_line(text, words, tmp_path):
    if text:
        (tmp_path / "copier.yml").write_text(text)
    result = forks.run(tmp_path, tmp_path, "show")
    assert result[:2] == (2, "")
    assert words in result[2] and len(result[2].splitlines()) == 1


def test_forks_answer_every_other_question():
    fixed = [pair.partition("=")[0] for pair in forks.FIXED.split(",")]
    names = [question.name for question in questions()]
    step = names[names.index("algorithm") :]
    assert {*fixed, "gradients"} == set(step)
