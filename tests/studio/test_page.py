"""The page shows what the options ask for, in a browser, from either back end."""

import pytest
from browser import (
    choose,
    list_asked,
    list_changed,
    open_file,
    press,
    read_code,
)
from playwright.sync_api import expect
from trainstep import render_file
from trainstep.bundle.forms import FORMS, write_bundle
from trainstep.bundle.project import emit_project
from trainstep.diff import diff_projects, summarize
from trainstep.questions import change, questions, resolve
from trainstep.standalone import render_standalone
from trainstep.studio.gallery import list_cards

ALGORITHMS = next(q.choices for q in questions() if q.name == "algorithm")
ASKED = {frozenset(resolve({"algorithm": name})): name for name in ALGORITHMS}
"""Sets of options that apply, each with an algorithm to which they do."""
MODEL = "src/my_model/model.py"


def test_page_opens_on_the_model(page):
    assert page.locator("#path").text_content() == MODEL
    assert read_code(page) == render_file({}, MODEL)


def test_every_file_is_in_the_tree(page):
    for name in ("README.md", "pyproject.toml", "tests/reference.py"):
        open_file(page, name)
        assert read_code(page) == render_file({}, name)


def test_change_shows_at_once(page):
    choose(page, "gradients", "clip")
    assert read_code(page) == render_file({"gradients": "clip"}, MODEL)


def test_questions_are_hidden_as_copier_hides_them(page):
    for asked, algorithm in ASKED.items():
        choose(page, "algorithm", algorithm)
        assert {*list_asked(page)} == asked


def test_every_question_has_its_help(page):
    for question in questions():
        help_text = page.locator(f"#help-{question.name}").text_content()
        assert help_text == question.help.replace("`", "")


def test_last_change_is_marked(page):
    choose(page, "fused_steps", "true")
    choose(page, "gradients", "clip")
    before = {"fused_steps": True}
    patches = diff_projects(before, change(before, {"gradients": "clip"}))
    assert {*list_changed(page)} == {*patches}
    assert summarize(patches) in page.locator("#summary").text_content()


def test_diff_is_that_of_the_last_change(page):
    choose(page, "gradients", "clip")
    page.locator("#diff").click()
    patch = diff_projects({}, {"gradients": "clip"})[MODEL]
    assert read_code(page) == "".join(patch.splitlines(keepends=True)[2:])
    page.locator("#diff").click()


def test_lines_that_were_added_are_marked(page):
    choose(page, "gradients", "clip")
    patch = diff_projects({}, {"gradients": "clip"})[MODEL].splitlines()[2:]
    added = [line[1:] for line in patch if line[0] == "+"]
    shown = page.locator("#code .added").all_text_contents()
    assert [line.removesuffix("\n") for line in shown] == added


def test_file_that_is_gone_stays_in_the_tree(page):
    choose(page, "ci", "none")
    open_file(page, ".github/workflows/ci.yml")
    assert "-jobs:\n" in read_code(page)


def test_undo_takes_the_last_change_back(page):
    choose(page, "gradients", "clip")
    choose(page, "fused_steps", "true")
    for options in ({"gradients": "clip"}, {}):
        press(page, "#undo")
        assert read_code(page) == render_file(options, MODEL)
    expect(page.locator("#undo")).to_be_disabled()


def test_text_that_is_typed_is_one_change(page):
    for name in ("M", "Mo", "Mode"):
        choose(page, "project_name", name)
    press(page, "#undo")
    assert page.locator("#field-project_name").input_value() == "My Model"


def test_answer_that_is_not_allowed_leaves_the_last_project(page):
    choose(page, "package_name", "keras")
    problem = page.locator("#problem-package_name").text_content()
    assert "would shadow the module of that name" in problem
    assert read_code(page) == render_file({}, MODEL)


def test_zip_file_waits_for_answers_that_are_allowed(page):
    choose(page, "package_name", "keras")
    expect(page.locator("#download")).to_be_disabled()
    choose(page, "package_name", "fine")
    expect(page.locator("#download")).to_be_enabled()


def test_choice_that_is_ruled_out_says_why(page):
    choose(page, "gradients", "sam")
    choose(page, "algorithm", "mixup")
    problem = page.locator("#problem-gradients").text_content()
    assert "it needs algorithm=supervised and custom_steps" in problem
    private = page.locator("#question-gradients").get_by_role("radio", name="private")
    expect(private).to_be_disabled()


def test_class_alone_follows_the_options(page):
    open_file(page, "class")
    choose(page, "gradients", "clip")
    expect(page.locator("#path")).to_have_text("custom_model.py")
    assert read_code(page) == render_standalone({"gradients": "clip"})


@pytest.mark.parametrize(("form", "ending"), [(f, e) for f, (e, _) in FORMS.items()])
def test_whole_project_in_one_file_follows_the_options(form, ending, page):
    open_file(page, form)
    choose(page, "algorithm", "gan")
    expect(page.locator("#path")).to_have_text(f"my_model{ending}")
    assert read_code(page) == write_bundle(emit_project({"algorithm": "gan"}), form)


def test_one_file_is_offered_where_a_project_fits(page):
    open_file(page, "script")
    choose(page, "training", "resumable")
    assert page.locator("#path").text_content() == MODEL
    expect(page.locator("#tree button[data-name=class]")).to_have_count(1)
    expect(page.locator("#tree button[data-name=script]")).to_have_count(0)


def test_search_finds_files_and_lines(page):
    page.keyboard.press("/")
    page.keyboard.type("argparse")
    rows = page.locator("#tree button").all()
    assert [row.get_attribute("data-name") for row in rows] == ["src/my_model/train.py"]
    rows[0].click()
    assert "argparse" in page.locator("#code .found").first.text_content()


def test_card_of_the_gallery_shows_its_code(open_page):
    page = open_page("#author_name=Ada&gradients=accumulate")
    for card in list_cards()[::4]:
        press(page, "#show-gallery")
        press(page, f"#gallery button:has-text('{card['title']}')")
        options = {card["option"]: card["choice"]}
        assert read_code(page) == render_file(options, "model.py")
        assert page.locator("#field-author_name").input_value() == "Ada"


def test_gallery_shows_pictures(page):
    page.locator("#show-gallery").click()
    picture = page.locator("#gallery img").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)")


def test_markup_in_a_name_stays_text(page):
    name = "<script>document.title='x'</script><img src=x onerror=alert(1)>"
    choose(page, "project_name", name)
    open_file(page, "README.md")
    assert read_code(page).startswith(f"# {name}\n") or name in read_code(page)
    assert page.title() == "trainstep studio"
    assert not page.locator("main img").count()
