"""`trainstep update` lists what it did, refuses mistakes, and loses nothing."""

import pytest
from templates import commit, read_files
from trainstep import copying
from trainstep.render import render_files
from updates import edit, run_update

pytestmark = pytest.mark.usefixtures("compile_once")

NETWORK, MODEL = "src/my_model/network.py", "src/my_model/model.py"
CI = ".github/workflows/ci.yml"
MISTAKES = {
    (): "Name an option to change",
    ("--los", "custom"): "Did you mean --loss?",
    ("--loss", "compild"): "Did you mean compiled?",
    ("--sample-weight", "maybe"): "Choose from: true, false",
    ("--custom-steps", "test", "--fused-steps", "true"): "does not apply",
    ("--package-name", "heart"): "by hand",
    ("--description", "two\nlines"): "description",
}


def test_lists_options_and_files_that_change(folder):
    lines = run_update(folder, "--loss", "custom", "--ci", "none").splitlines()
    assert lines[:2] == ["ci: github -> none", "loss: compiled -> custom"]
    assert f"  removed   {CI}" in lines
    assert f"  changed   {NETWORK}" in lines
    assert "  added     src/my_model/losses.py" in lines


def test_changes_what_render_files_tells(folder):
    run_update(folder, "--custom-steps", "test", "--task", "binary_classification")
    options = {"custom_steps": "test", "task": "binary_classification"}
    assert read_files(folder) == render_files(options)


def test_says_where_nothing_changes(folder):
    assert run_update(folder, "--loss", "compiled") == "Nothing changes.\n"


def test_conflict_is_marked_listed_and_loses_nothing(folder):
    mine = "    return keras.layers.Dense(7)\n"
    edit(folder, NETWORK, '    return keras.layers.Dense(1, dtype="float32"', mine)
    line = run_update(folder, "--task", "binary_classification", exit_code=1)
    text = (folder / NETWORK).read_text()
    number = text.splitlines().index("<<<<<<< before updating") + 1
    assert f"{NETWORK} (line {number})" in line and "git reset --hard" in line
    assert mine in text and 'activation="sigmoid"' in text


def test_conflict_in_lines_that_go_keeps_the_tracker(folder):
    run_update(folder, "--loss", "custom")
    commit(folder, "custom")
    edit(
        folder,
        MODEL,
        "(*args, **kwargs)\n",
        "(*args, **kwargs)\n        self.mine = 1\n",
    )
    assert MODEL in run_update(folder, "--loss", "compiled", exit_code=1)
    assert "        self.mine = 1\n" in (folder / MODEL).read_text()


@pytest.mark.parametrize(
    ("name", "change"),
    [("LICENSE", ("--license", "none")), (CI, ("--ci", "gitlab"))],
)
def test_edited_file_is_kept_where_its_option_is_turned_off(name, change, folder):
    edit(folder, name, "\n", "\n# mine\n")
    assert f"  kept      {name}" in run_update(folder, *change)
    assert "# mine" in (folder / name).read_text()


def test_unedited_file_goes_where_its_option_is_turned_off(folder):
    assert "  removed   LICENSE" in run_update(folder, "--license", "none")
    assert not (folder / "LICENSE").exists()


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.items(), ids=str)
def test_mistake_takes_one_line_and_changes_nothing(arguments, words, folder):
    before = read_files(folder)
    assert words in run_update(folder, *arguments, exit_code=2)
    assert read_files(folder) == before


def test_uncommitted_changes_are_refused(folder):
    (folder / "notes.txt").write_text("mine")
    assert "uncommitted changes" in run_update(folder, "--loss", "custom", exit_code=2)
    assert (folder / "notes.txt").read_text() == "mine"


def test_folder_without_a_record_is_refused(tmp_path):
    assert "is no project" in run_update(tmp_path, "--loss", "custom", exit_code=2)


def test_project_outside_git_is_refused(template, tmp_path):
    copying.copy({}, tmp_path / "project", template=template)
    line = run_update(tmp_path / "project", "--loss", "custom", exit_code=2)
    assert "not a git repository" in line
