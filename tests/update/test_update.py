"""`trainstep update` lists what it did, refuses mistakes, and loses nothing."""

import re
import subprocess

import pytest
from templates import commit, read_files
from trainstep import render_project
from trainstep.answers_file import read_record
from trainstep.render import render_files
from updates import edit, record, run, run_update

pytestmark = pytest.mark.usefixtures("fast_copier")

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


def test_changes_what_render_files_returns(folder):
    run_update(folder, "--custom-steps", "test", "--task", "binary_classification")
    options = {"custom_steps": "test", "task": "binary_classification"}
    assert read_files(folder) == render_files(options)


def test_says_where_nothing_changes(folder):
    output = run_update(folder, "--loss", "compiled")
    assert output.endswith("already has these answers. Nothing was changed.\n")


def test_records_the_answers_and_keeps_the_source(folder, template):
    run_update(folder, "--loss", "custom")
    record = read_record(folder)
    assert record.answers["loss"] == "custom"
    assert (record.source, record.version) == (str(template), "v1.0.0")


def test_conflict_is_marked_listed_and_loses_nothing(folder):
    mine = "    head = keras.layers.Dense(7)\n"
    edit(folder, NETWORK, '    head = keras.layers.Dense(1, dtype="float32"', mine)
    line = run_update(folder, "--task", "binary_classification", exit_code=1)
    text = (folder / NETWORK).read_text()
    number = text.splitlines().index("<<<<<<< before updating") + 1
    assert f"{NETWORK} (line {number})" in line and "`git restore . " in line
    assert mine in text and 'Dense(1, "sigmoid"' in text


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
    line = run_update(tmp_path, "--loss", "custom", exit_code=2)
    assert "is not a project" in line


def test_changes_elsewhere_in_the_repository_do_not_matter(folder):
    inner = folder / "inner"
    run("new", inner, "--defaults", "--project", folder)
    record(inner, _commit="v1.0.0")
    commit(folder, "inner")
    (folder / "notes.txt").write_text("mine")
    assert "loss: compiled -> custom" in run_update(inner, "--loss", "custom")


def test_edited_file_that_is_not_utf_8_keeps_its_bytes(folder):
    (folder / MODEL).write_bytes((folder / MODEL).read_bytes() + b"# \xe4\r\n#")
    commit(folder, "latin")
    run_update(folder, "--metrics", "manual")
    assert (folder / MODEL).read_bytes().endswith(b"# \xe4\r\n#")


def test_folder_in_the_place_of_a_file_takes_one_line(folder):
    (folder / "LICENSE").unlink()
    (folder / "LICENSE").mkdir()
    (folder / "LICENSE" / "text").touch()
    commit(folder, "licenses")
    line = run_update(folder, "--license", "none", exit_code=2)
    assert "Nothing was changed" in line and "Is a directory" in line


def test_losses_are_the_users_once_they_are_there(folder):
    run_update(folder, "--loss", "custom")
    commit(folder, "custom")
    losses = "src/my_model/losses.py"
    assert f"  kept      {losses}" in run_update(folder, "--loss", "compiled")
    commit(folder, "compiled")
    edit(folder, losses, "log1p", "sqrt")
    run_update(folder, "--loss", "custom")
    assert "sqrt" in (folder / losses).read_text()


@pytest.fixture
def outside(tmp_path, at_version):
    """A project that is not in git."""
    render_project({}, tmp_path / "outside")
    record(tmp_path / "outside", _commit="v1.0.0")
    return tmp_path / "outside"


def undo(folder, output):
    """Runs the command that undoes an update, as the output gives it."""
    command = re.search(r"(?:undo this: |with `)(.*?)`?\.?$", output, re.MULTILINE)[1]
    subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True)


def test_update_in_git_can_be_undone_as_it_says(folder):
    edit(folder, MODEL, "import keras\n", "import keras  # mine\n")
    before = read_files(folder)
    undo(folder, run_update(folder, "--loss", "custom", "--ci", "gitlab"))
    assert read_files(folder) == before


def test_update_outside_git_merges_and_can_be_undone_as_it_says(outside):
    text = (outside / NETWORK).read_text().replace("keras.layers.Dense(1", "Dense(7")
    (outside / NETWORK).write_text(text)
    before = read_files(outside)
    line = run_update(outside, "--task", "binary_classification", exit_code=1)
    assert "Dense(7" in (outside / NETWORK).read_text()
    undo(outside, line)
    (outside / "trainstep-update.patch").unlink()
    assert read_files(outside) == before


def test_update_without_git_is_refused_in_one_line(outside, monkeypatch):
    before = read_files(outside)
    monkeypatch.setenv("PATH", "")
    line = run_update(outside, "--loss", "custom", exit_code=2)
    assert line == "Error: This needs git, which is not installed."
    assert read_files(outside) == before


def test_failure_to_write_says_how_to_undo(folder):
    (folder / "src" / "my_model" / "losses.py").symlink_to("nowhere/losses.py")
    commit(folder, "link")
    line = run_update(folder, "--loss", "custom", exit_code=2)
    assert "Undo the update with `git restore" in line


def test_dry_run_prints_the_patch_and_changes_nothing(folder):
    edit(folder, MODEL, "import keras\n", "import keras  # mine\n")
    before = read_files(folder)
    patch = run("update", folder, "--loss", "custom", "--dry-run").stdout
    assert read_files(folder) == before
    subprocess.run(["git", "apply"], input=patch, text=True, cwd=folder, check=True)
    patched = read_files(folder)
    commit(folder, "patched")
    subprocess.run(["git", "reset", "--hard", "HEAD^"], cwd=folder, check=True)
    run_update(folder, "--loss", "custom")
    assert read_files(folder) == patched != before


def test_dry_run_names_conflicts(folder):
    edit(folder, NETWORK, "    head = keras.layers.Dense(1, d", "    head = Dense(7, d")
    result = run("update", folder, "--task", "binary_classification", "--dry-run")
    assert result.exit_code == 1 and "+<<<<<<< before updating" in result.stdout
    assert f"change the same lines, in {NETWORK} (line" in result.stderr
