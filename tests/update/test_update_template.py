"""An update meets its template as it is: moved, changed, or of another version."""

import copier
import pytest
from copier.errors import UserMessageError
from templates import commit, make_repository, read_files
from trainstep.render import render_files
from updates import edit, record, release, run_copier, run_update

pytestmark = pytest.mark.usefixtures("fast_copier")

MODEL = "src/my_model/model.py"
NAME = {"project_name": "My Model"}
QUIET = {"defaults": True, "quiet": True}
ANSWERS = ".copier-answers.yml"


def read_all(project):
    return {**read_files(project), ANSWERS: (project / ANSWERS).read_text()}


def test_copy_from_a_relative_path_says_what_to_do(
    template, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(template)
    copier.run_copy(".", tmp_path / "project", defaults=True)
    assert "`_src_path`" in capfd.readouterr().err


def test_copy_from_an_absolute_path_says_no_more_than_the_next_step(
    template, tmp_path, capfd
):
    copier.run_copy(str(template), tmp_path / "project", defaults=True)
    assert "`_src_path`" not in capfd.readouterr().err


def test_project_of_another_version_is_told_how_to_follow(folder):
    record(folder, _commit="v0.9.0")
    line = run_update(folder, "--loss", "custom", exit_code=2)
    new = "trainstep new ../my-model-v0.9.0 --defaults --project ."
    assert f"`uvx --from trainstep==0.9.0 {new}`" in line
    assert (
        f"bin/pip install trainstep==0.9.0 && ../my-model-v0.9.0-venv/bin/{new}`"
        in line
    )
    assert "`trainstep update --base ../my-model-v0.9.0`" in line


def test_project_of_a_commit_is_told_how_to_follow(folder):
    record(folder, _commit="v0.9.0-1-g123abcd", _src_path="https://example.org/x.git")
    line = run_update(folder, exit_code=2)
    copy = "copier copy --defaults --data-file .copier-answers.yml"
    arguments = "--vcs-ref v0.9.0-1-g123abcd https://example.org/x.git"
    assert f"`{copy} {arguments} ../my-model-v0.9.0-1-g123abcd`" in line


def test_project_of_an_unknown_version_is_told_how_to_follow(folder):
    text = (folder / ANSWERS).read_text()
    (folder / ANSWERS).write_text(text.replace("_commit: v1.0.0\n", ""))
    line = run_update(folder, "--loss", "custom", exit_code=2)
    assert "made by an unknown version" in line and "../my-model-base`" in line


@pytest.fixture
def base(template, tmp_path):
    """The project of the fixture `folder`, as version 0.9.0 of the template made it."""
    release(template, "v0.9.0", "## Commands", "## Orders")
    copier.run_copy(str(template), tmp_path / "base", NAME, vcs_ref="v0.9.0", **QUIET)
    return tmp_path / "base"


def test_update_moves_to_this_version_and_keeps_edits(base, at_version):
    folder = make_repository(base.with_name("my-model"), read_all(base))
    edit(folder, "README.md", "## Files", "## Notes\n\nMine.\n\n## Files")
    output = run_update(folder, "--loss", "custom", "--base", str(base))
    text = (folder / "README.md").read_text()
    assert "## Commands" in text and "## Orders" not in text and "Mine." in text
    assert "loss: compiled -> custom" in output and "src/my_model/losses.py" in output
    assert "_commit: v1.0.0" in (folder / ANSWERS).read_text()


def test_update_moves_without_a_change_of_options(base, at_version):
    folder = make_repository(base.with_name("my-model"), read_all(base))
    run_update(folder, "--base", str(base))
    assert read_files(folder) == render_files({})


def test_base_with_other_answers_is_refused(base, folder):
    record(base, loss="custom", _commit="v1.0.0")
    line = run_update(folder, "--base", str(base), exit_code=2)
    assert "was not emitted with the answers and the version" in line


def test_base_of_another_version_is_refused(base, folder):
    line = run_update(folder, "--base", str(base), exit_code=2)
    assert "was not emitted with the answers and the version" in line


def test_folder_without_a_project_is_no_base(folder, tmp_path):
    line = run_update(folder, "--base", str(tmp_path), exit_code=2)
    assert f"{tmp_path} is not a project" in line


def test_copier_moves_to_a_newer_version_and_keeps_edits(folder, template):
    edit(folder, "README.md", "## Files", "## Notes\n\nMine.\n\n## Files")
    release(template, "v2.0.0", "## Commands", "## In v2.0.0")
    run_copier(folder)
    text = (folder / "README.md").read_text()
    assert "## In v2.0.0" in text and "## Notes\n\nMine.\n" in text


def test_copier_refuses_an_older_version(folder, template):
    release(template, "v2.0.0", "## Commands", "## In v2.0.0")
    run_copier(folder)
    commit(folder, "v2")
    before = read_files(folder)
    with pytest.raises(UserMessageError, match="Downgrades are not supported"):
        run_copier(folder, vcs_ref="v1.0.0")
    assert read_files(folder) == before


def test_recopy_emits_anew_but_keeps_what_is_the_users_alone(folder):
    run_update(folder, "--loss", "custom")
    commit(folder, "custom")
    edit(folder, "src/my_model/losses.py", "log1p", "sqrt")
    edit(folder, MODEL, "import keras\n", "import keras  # mine\n")
    (folder / "notes.txt").write_text("mine")
    copier.run_recopy(folder, defaults=True, overwrite=True, quiet=True)
    files = read_files(folder)
    assert "sqrt" in files["src/my_model/losses.py"] and files["notes.txt"] == "mine"
    assert files[MODEL] == render_files({"loss": "custom"})[MODEL]
