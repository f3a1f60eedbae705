"""An update meets its template as it is: moved, changed, or of another version."""

import re

import copier
import pytest
from copier.errors import UserMessageError
from templates import commit, copy_template, make_repository, read_files
from trainstep import copying
from trainstep.render import render_files
from updates import edit, record, release, run_copier, run_update

pytestmark = pytest.mark.usefixtures("compile_once")

MODEL = "src/my_model/model.py"


def test_relative_path_of_the_template_is_told_and_can_be_mended(folder, template):
    record(folder, _src_path="../template")
    line = run_update(folder, "--loss", "custom", exit_code=2)
    assert "relative path '../template'" in line and "as _src_path" in line
    record(folder, _src_path=str(template))
    assert "loss: compiled -> custom" in run_update(folder, "--loss", "custom")


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


def test_template_with_uncommitted_changes_is_told_and_can_be_mended(
    template, tmp_path
):
    (template / "template" / "project" / "new.txt").touch()
    copying.copy({}, tmp_path / "project", template=template)
    folder = make_repository(tmp_path / "project")
    assert "as _commit" in run_update(folder, "--loss", "custom", exit_code=2)
    record(folder, _commit="v1.0.0")
    assert "loss: compiled -> custom" in run_update(folder, "--loss", "custom")


def test_template_outside_git_is_told(tmp_path):
    plain = copy_template(tmp_path / "template")
    copying.copy({}, tmp_path / "project", template=plain)
    folder = make_repository(tmp_path / "project")
    assert "was no git checkout" in run_update(folder, "--loss", "custom", exit_code=2)


def test_untagged_template_will_do(tmp_path):
    template = make_repository(copy_template(tmp_path / "template"))
    copying.copy({}, tmp_path / "project", template=template)
    folder = make_repository(tmp_path / "project")
    assert "loss: compiled -> custom" in run_update(folder, "--loss", "custom")


def test_version_that_lacks_the_option_is_told(template, tmp_path):
    config = (template / "copier.yml").read_text()
    config = re.sub(
        r"(fused_steps:\n(?:  .*\n)*)  when: .*\n", r"\1  when: false\n", config
    )
    (template / "copier.yml").write_text(config)
    commit(template, "older")
    copying.copy({}, tmp_path / "project", template=template)
    folder = make_repository(tmp_path / "project")
    line = run_update(folder, "--fused-steps", "true", exit_code=1)
    assert "does not know what was asked for fused_steps" in line


def test_update_stays_at_its_version_though_there_is_a_newer(folder, template):
    release(template, "v2.0.0")
    run_update(folder, "--loss", "custom")
    assert "## In v2.0.0" not in (folder / "README.md").read_text()


def test_copier_moves_to_a_newer_version_and_keeps_edits(folder, template):
    edit(folder, "README.md", "## Files", "## Notes\n\nMine.\n\n## Files")
    release(template, "v2.0.0")
    run_copier(folder)
    text = (folder / "README.md").read_text()
    assert "## In v2.0.0" in text and "## Notes\n\nMine.\n" in text


def test_copier_refuses_an_older_version(folder, template):
    release(template, "v2.0.0")
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
