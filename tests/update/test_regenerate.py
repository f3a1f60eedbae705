"""An option changes in a project that is lived in, and no line of its user is lost."""

import functools
import importlib
import os
import shutil
import subprocess
import sys
from collections import defaultdict

import copier
import numpy as np
import pytest
import yaml
from after_update import (
    count_lost,
    expect,
    find_conflicts,
    meet_in_network,
    name_saved,
    read_without,
)
from changes import CHOICES, list_changes, list_starts
from lived_in import EDITS, HIDDEN_LAYERS, NETWORK, live_in
from templates import commit, copy_template, make_repository, read_files
from trainstep.emitted import import_from
from trainstep.questions import change, format_answer, resolve
from trainstep.render import render_files
from trainstep.update import carry_out, plan

pytestmark = pytest.mark.usefixtures("fast_copier", "at_version")

ALL_EDITS = {**EDITS, NETWORK: EDITS[NETWORK] + HIDDEN_LAYERS[NETWORK]}
REWRITE_LAYERS = "model_api", "algorithm"


def make_parameters():
    """Makes a case of each change from each start; a covering part has each answer."""
    cases = defaultdict(list)
    for start in list_starts():
        for name, answer in list_changes(start):
            cases[name, answer].append((start, name, answer))
    tried = set()
    for number, ((name, _), same) in enumerate(cases.items()):
        for index, case in enumerate(same):
            covering = index == number % len(same)
            by = "trainstep" if index % 2 else "copier"
            # One answer of each option is trained; of `algorithm`, each.
            trains = name == "algorithm" or (covering and name not in tried)
            tried |= {name} if covering else set()
            yield pytest.param(
                *case,
                by,
                trains,
                id=f"{number}-{index}-{case[1]}-{format_answer(case[2])}-{by}",
                marks=() if covering else pytest.mark.full,
            )


def run_copier(folder, changes):
    copier.run_update(
        folder,
        data=changes,
        vcs_ref=copier.VcsRef.CURRENT,
        defaults=True,
        overwrite=True,
        quiet=True,
    )


def run_trainstep(folder, changes):
    carry_out(plan(folder, changes))


UPDATE = {"copier": run_copier, "trainstep": run_trainstep}


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    folder = copy_template(tmp_path_factory.mktemp("regenerate") / "template")
    make_repository(folder, tag="v1.0.0")
    return folder


@pytest.fixture(scope="session")
def make_first_day(template, tmp_path_factory):
    """Makes projects as they are emitted, each once."""

    @functools.cache
    def make(answers):
        folder = tmp_path_factory.mktemp("first") / "project"
        options = {"project_name": "My Model", **dict(answers)}
        copier.run_copy(str(template), folder, options, defaults=True, quiet=True)
        return folder

    return make


@pytest.fixture
def make_lived_in(make_first_day, tmp_path):
    """Makes a project that its user has edited, all committed."""

    def make(start, edits):
        folder = tmp_path / "project"
        shutil.copytree(make_first_day(tuple(start.items())), folder)
        for name in render_files(start):
            (folder / name).unlink()
        make_repository(folder, live_in(render_files(start), edits=edits))
        return folder

    return make


def check_answers(folder, after):
    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text())
    assert {n: a for n, a in recorded.items() if n[0] != "_"} == after


def list_modules(options):
    files = render_files(options).items()
    return {name: text for name, text in files if name.endswith(".py")}


def take_a_step(folder):
    """Fits and evaluates a project's model on one batch, with its user's metric."""
    with import_from(folder):
        reference = importlib.import_module("reference")
        rows = {name: array[:8] for name, array in reference.DATA.items()}
        _, results = reference.fit(reference.build_model, rows)
    assert all(np.isfinite(v).all() for values in results.values() for v in values)
    assert results["mine"][0] == pytest.approx(np.mean(rows["x"]), rel=1e-5)


@pytest.mark.parametrize(
    ("start", "name", "answer", "by", "trains"), list(make_parameters())
)
def test_change_loses_nothing(start, name, answer, by, trains, make_lived_in, tally):
    edits = EDITS if name in REWRITE_LAYERS else ALL_EDITS
    folder, after = make_lived_in(start, edits), change(start, {name: answer})
    UPDATE[by](folder, {name: answer})
    files = read_without(folder, name_saved(start))
    tally("updates tried")
    tally("updates with conflicts", conflicts := bool(find_conflicts(files)))
    tally("lines lost by updates", lost := count_lost(start, files, edits))
    assert not conflicts and lost == 0
    assert files == expect(start, after, edits)
    check_answers(folder, after)
    if trains and list_modules(start) != list_modules(after):
        take_a_step(folder)


def make_rewriting():
    """Picks the cases whose option may rewrite the hidden layers, where there are."""
    for case in make_parameters():
        start, name, answer, by, _ = case.values
        if name in REWRITE_LAYERS and "model_api" in start:
            values = start, {name: answer}, by
            yield pytest.param(*values, id=case.id, marks=case.marks)


@pytest.mark.parametrize(("start", "answer", "by"), list(make_rewriting()))
def test_hidden_layers_conflict_only_where_rewritten(
    start, answer, by, make_lived_in, tally
):
    folder, after = make_lived_in(start, HIDDEN_LAYERS), change(start, answer)
    UPDATE[by](folder, answer)
    files = read_without(folder, name_saved(start))
    conflicts = find_conflicts(files)
    tally("updates of edited hidden layers tried")
    tally("of these, with conflicts where the option rewrites them", bool(conflicts))
    assert count_lost(start, files, HIDDEN_LAYERS) == 0
    assert conflicts <= ({NETWORK} if meet_in_network(start, after) else set())


@pytest.mark.parametrize("algorithm", CHOICES["algorithm"][1:])
def test_algorithm_and_back_leaves_the_project(algorithm, make_lived_in, tally):
    folder = make_lived_in(resolve({}), EDITS)
    before = read_files(folder)
    for answer in (algorithm, "supervised"):
        run_trainstep(folder, {"algorithm": answer})
        assert not find_conflicts(read_files(folder))
        assert count_lost(resolve({}), read_files(folder), EDITS) == 0
        commit(folder, f"algorithm: {answer}")
        tally("updates to an algorithm and back")
    kept = {f"src/my_model/network_{name}.py" for name in ("supervised", algorithm)}
    assert read_files(folder).keys() - before.keys() <= kept
    assert before.items() <= read_files(folder).items()


def list_chains():
    starts = list(list_starts())
    for number, pair in enumerate(zip(starts, starts[1:] + starts[:1], strict=True)):
        marks = () if number == 3 else pytest.mark.full  # It ends with short tests.
        yield pytest.param(*pair, id=str(number), marks=marks)


@pytest.mark.parametrize(("start", "target"), list(list_chains()))
def test_many_changes_keep_the_project_whole(start, target, make_lived_in, tally):
    folder, answers = make_lived_in(start, EDITS), resolve(start)
    for name, answer in target.items():
        if answers.get(name) == answer:
            continue
        answers = change(answers, {name: answer})
        UPDATE["copier"](folder, {name: answer})
        commit(folder, f"{name}: {answer}")
        tally("updates tried, in chains")
    assert read_files(folder) == expect(start, answers, EDITS)
    check_answers(folder, answers)
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": "src"}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout
    tally("updated projects whose own tests pass")
