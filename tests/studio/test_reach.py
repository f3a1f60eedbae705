"""Keyboard, screen reader, light, dark and narrow screens: nobody is left out."""

import pytest
from browser import AXE, choose, open_file, press, wait
from playwright.sync_api import expect

# The static site has the very same files.
pytestmark = pytest.mark.parametrize("url", ["server"], indirect=True)

OUTSIDE = """() =>
    [...document.querySelectorAll("header *, .bar *, footer button, #options *")]
        .filter((node) => node.checkVisibility())
        .filter((node) => node.getBoundingClientRect().right > innerWidth)
        .map((node) => node.outerHTML)
"""
"""Finds what is cut off at the right."""
WIDTHS = [1440, 980, 390]


def find_violations(page):
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [(v["id"], [node["html"] for node in v["nodes"]]) for v in found]


@pytest.fixture(params=["light", "dark"])
def themed(request, page):
    page.emulate_media(color_scheme=request.param)
    yield page
    page.emulate_media(color_scheme="light")


def test_axe_finds_nothing_on_the_page(themed, tally):
    choose(themed, "algorithm", "mixup")
    choose(themed, "package_name", "keras")
    assert find_violations(themed) == []
    tally("states of the page in which axe finds nothing")


def test_axe_finds_nothing_in_a_diff_after_a_bad_link(themed, open_page, tally):
    open_page("#los=custom")
    choose(themed, "ci", "gitlab")
    open_file(themed, ".github/workflows/ci.yml")
    assert find_violations(themed) == []
    tally("states of the page in which axe finds nothing")


def test_axe_finds_nothing_in_the_gallery(themed, tally):
    themed.locator("#show-gallery").click()
    assert find_violations(themed) == []
    tally("states of the page in which axe finds nothing")


def test_axe_finds_what_is_wrong(open_fresh):
    page = open_fresh()
    for name in ("aria-label", "placeholder"):
        page.evaluate(f"document.querySelector('#search').removeAttribute('{name}')")
    assert [rule for rule, _ in find_violations(page)] == ["label"]
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(width, page):
    page.set_viewport_size({"width": width, "height": 800})
    if page.locator("#show-options").is_visible():
        page.locator("#show-options").click()
    choose(page, "gradients", "clip")
    assert page.evaluate(OUTSIDE) == []


def test_options_open_and_close_on_a_narrow_screen(page):
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator("#options")).to_be_hidden()
    page.locator("#show-options").click()
    expect(page.locator("#options")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#options")).to_be_hidden()


def test_file_that_is_shown_is_in_view_on_a_narrow_screen(page):
    page.set_viewport_size({"width": 390, "height": 800})
    press(page, "#reset")
    current = page.locator("#tree [aria-current=true]")
    expect(current).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.body.scrollTop + scrollY") == 0


def test_arrows_move_between_files(page):
    page.locator("#tree button[aria-current=true]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#path")).to_have_text("src/my_model/network.py")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#path")).to_have_text("src/my_model/model.py")


def test_keys_download_and_share(page):
    with page.expect_download() as started:
        page.keyboard.press("Control+Enter")
    assert started.value.suggested_filename == "my-model.zip"
    page.keyboard.press("Control+b")
    expect(page.locator("#share")).to_have_text("Copied")


def test_gallery_closes_with_escape(page):
    page.keyboard.press("Tab")
    page.locator("#show-gallery").press("Enter")
    expect(page.locator("#gallery")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#gallery")).to_be_hidden()


def test_theme_is_switched_and_kept(page, open_fresh):
    page.locator("#theme").click()
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    again = open_fresh()
    assert (page.evaluate(scheme), again.evaluate(scheme)) == ("dark", "dark")
    page.locator("#theme").click()
    again.close()


def test_state_is_said_aloud(page):
    choose(page, "loss", "custom")
    wait(page)
    assert "files changed" in page.get_by_role("status").all_text_contents()[1]
