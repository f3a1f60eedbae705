"""What leaves the page is what it shows: the zip file, the commands, the link."""

import subprocess
import sysconfig
import zipfile
from os import environ, pathsep

import pytest
from browser import choose, download, open_file, press, read_clipboard, read_code
from templates import read_files
from trainstep import render_file
from trainstep.answers_file import ANSWERS_FILE

CHOICES = {
    "algorithm": "vae",
    "fused_steps": "true",
    "license": "none",
    "project_name": 'It\'s "1" & $HOME `id` {{ x }} é 数字',
    "description": "-- null: # %41 + &amp; = \\n",
}
TEXTS = [
    "a&b=c#d?e",
    "100 % + 1",
    "%26amp; &lt;",
    "null",
    "é 数字 👩\u200d🔬 \u00a0x",
    "'\"\\`$(id)",
]


def run_shown(page, name, folder):
    """Runs a command line as it is shown, in a shell and a new folder."""
    folder.mkdir()
    line = page.locator(f"#command-{name}").text_content()
    path = f"{sysconfig.get_path('scripts')}{pathsep}{environ['PATH']}"
    subprocess.run(line, shell=True, cwd=folder, env={**environ, "PATH": path})
    [project] = folder.iterdir()
    return project


def unpack(archive, folder):
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    [project] = folder.iterdir()
    return project


def read_project(project):
    """Reads the files of a project, and the lines of its record but the template's."""
    record = (project / ANSWERS_FILE).read_text("utf-8").splitlines()
    answers = [line for line in record if not line.startswith(("_src_path", "_commit"))]
    return {**read_files(project), ANSWERS_FILE: answers}


@pytest.mark.parametrize("command", ["trainstep", "copier"])
def test_zip_file_holds_what_the_commands_emit(command, page, tmp_path):
    for option, answer in CHOICES.items():
        choose(page, option, answer)
    shown = run_shown(page, command, tmp_path / "shown")
    packed = unpack(download(page, tmp_path), tmp_path / "packed")
    assert packed.name == shown.name
    assert read_project(packed) == read_project(shown)


def test_zip_file_is_the_same_each_time(page, tmp_path):
    first, second = (download(page, tmp_path / name) for name in "12")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        times = {entry.date_time for entry in packed.infolist()}
    assert times == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("text", TEXTS)
def test_link_opens_the_same_project(text, page, open_page):
    choose(page, "description", text)
    page.locator("#share").click()
    again = open_page(f"#{read_clipboard(page).partition('#')[2]}")
    assert again.locator("#field-description").input_value() == text
    open_file(again, "README.md")
    assert read_code(again) == render_file({"description": text}, "README.md")


def test_link_holds_what_differs_from_the_defaults(page):
    choose(page, "gradients", "clip")
    choose(page, "project_name", "Wine & Co")
    assert page.url.partition("#")[2] == "project_name=Wine%20%26%20Co&gradients=clip"
    press(page, "#reset")
    assert "#" not in page.url


def test_what_a_link_names_in_vain_is_reported(open_page):
    page = open_page("#los=custom&algorithm=gan&loss=custom&license=mit")
    notice = page.locator("#notice").text_content()
    assert "There is no option 'los'. Did you mean loss?" in notice
    assert "loss does not apply here" in notice
    assert "license cannot be 'mit'. Choose from: MIT" in notice


def test_link_opens_in_a_new_tab(open_fresh):
    page = open_fresh("#algorithm=gan&author_name=A%20%2B%20B")
    assert read_code(page) == render_file({"algorithm": "gan"}, "model.py")
    assert page.locator("#field-author_name").input_value() == "A + B"
    assert not page.locator("#notice").is_visible()
    page.close()


def test_link_that_is_not_allowed_leaves_the_default_project(open_fresh):
    page = open_fresh("#package_name=keras")
    assert "would shadow" in page.locator("#notice").text_content()
    assert read_code(page) == render_file({}, "model.py")
    page.close()


def test_file_is_copied_and_downloaded(page, tmp_path):
    page.locator("#copy").click()
    with page.expect_download() as started:
        page.locator("#save").click()
    started.value.save_as(tmp_path / "model.py")
    text = render_file({}, "model.py")
    assert read_clipboard(page) == (tmp_path / "model.py").read_text("utf-8") == text
