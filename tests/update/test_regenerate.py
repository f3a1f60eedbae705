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
from changes import list_changes, list_starts
from lived_in import CONFLICTS, EDITS, RISKY, live_in
from meeting import count_meetings
from templates import commit, copy_template, make_repository, read_files
from trainstep.emitted import import_from
from trainstep.merging import MARKER
from trainstep.questions import change, format_answer, resolve
from trainstep.render import render_files
from trainstep.update import carry_out, plan

pytestmark = pytest.mark.usefixtures("fast_copier", "at_version")

NETWORK = "src/my_model/network.py"
ALL_EDITS = {n: [*EDITS.get(n, ()), *RISKY.get(n, ())] for n in {**EDITS, **RISKY}}


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


def expect(start, after, edits, conflicts=()):
    """Renders what an update should leave: the new options' files, with all edits."""
    before = render_files(start)
    losses = {n: t for n, t in live_in(before).items() if n.endswith("losses.py")}
    emitted = leave_out(render_files(after), conflicts)
    return losses | live_in(emitted, before, edits)


def count_lost(start, files):
    """Counts the lines of the user that are nowhere in the project's files."""
    emitted = list_lines(render_files(start))
    lived_in = live_in(render_files(start), edits=ALL_EDITS)
    return len(list_lines(lived_in) - emitted - list_lines(files))


def list_lines(files):
    return {line for text in files.values() for line in text.splitlines()}


def find_conflicts(files):
    return {name for name, text in files.items() if MARKER in text}


def find_meetings(start, after, name):
    """Names the files in which the user and an option changed the same lines."""
    base, new = render_files(start), render_files(after)
    mine = live_in(base, edits=ALL_EDITS)
    return {
        path
        for path in CONFLICTS.get(name, set())
        # Another algorithm has another network, of which no line is the same.
        if (name, path) == ("algorithm", NETWORK)
        or count_meetings(base[path], mine[path], new[path])
    }


def leave_out(files, names):
    return {name: text for name, text in files.items() if name not in names}


def name_saved(start):
    """Names where the network stays as it was when the algorithm changes."""
    return f"src/my_model/network_{start['algorithm']}.py"


def check_answers(folder, after):
    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text())
    assert {n: a for n, a in recorded.items() if n[0] != "_"} == after


def list_modules(options):
    files = render_files(options).items()
    return {name: text for name, text in files if name.endswith(".py")}


def take_a_step(folder):
    """Imports a project, and fits and evaluates its model on one batch."""
    with import_from(folder):
        reference = importlib.import_module("reference")
        rows = {name: array[:8] for name, array in reference.DATA.items()}
        _, results = reference.fit(reference.build_model, rows)
    assert all(np.isfinite(v).all() for values in results.values() for v in values)


@pytest.mark.parametrize(
    ("start", "name", "answer", "by", "trains"), list(make_parameters())
)
def test_change_loses_nothing(start, name, answer, by, trains, make_lived_in, tally):
    folder, after = make_lived_in(start, ALL_EDITS), change(start, {name: answer})
    UPDATE[by](folder, {name: answer})
    files = leave_out(read_files(folder), {name_saved(start)})
    conflicts = find_conflicts(files)
    tally("updates tried")
    tally("updates with conflicts, where edits and option meet", bool(conflicts))
    tally("lines lost by updates", lost := count_lost(start, files))
    assert lost == 0 and conflicts <= find_meetings(start, after, name)
    assert leave_out(files, conflicts) == expect(start, after, ALL_EDITS, conflicts)
    check_answers(folder, after)
    if trains and not conflicts and list_modules(start) != list_modules(after):
        take_a_step(folder)


def list_chains():
    starts = list(list_starts())
    for number, pair in enumerate(zip(starts, starts[1:] + starts[:1], strict=True)):
        marks = () if number == 0 else pytest.mark.full
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
