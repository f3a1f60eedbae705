"""What the tests of the studio need, and what they do and look for on its page."""

import os
import shutil
from pathlib import Path

import pytest
from trainstep.template import template_root

from benchmarks.browser import find_browser

MODULES = template_root() / "studio" / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"


def find_missing():
    """Names what the tests in a browser need and this machine lacks."""
    found = {"Chromium": find_browser(), "Node.js": shutil.which("node")}
    found["what `npm ci` installs in studio/"] = AXE.exists()
    return [name for name, place in found.items() if not place]


def require_browser():
    """Skips where something is missing, or fails where nothing may be: in CI."""
    if missing := find_missing():
        stop = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        stop(f"missing: {', '.join(missing)}")


def choose(page, option, answer):
    """Chooses or types an answer, as a user does."""
    field = page.locator(f"#question-{option}")
    if field.locator("select").count():
        field.locator("select").select_option(answer)
    elif field.locator("[type=radio]").count():
        field.get_by_role("radio", name=answer, exact=True).check()
    else:
        field.locator("input").fill(answer)
    wait(page)


def press(page, selector):
    """Presses a button, and waits for what it changes."""
    page.locator(selector).first.click()
    wait(page)


def read_clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def wait(page):
    """Waits until the page has the answer to the last change."""
    page.locator("body[data-state=idle]").wait_for()


def read_code(page):
    return page.locator("#code").text_content()


def open_file(page, name):
    page.locator(f"#tree button[data-name='{name}']").click()


def list_asked(page):
    fields = page.locator(".field:visible")
    return [f.get_attribute("id").removeprefix("question-") for f in fields.all()]


def list_changed(page):
    """Lists the files that are marked as changed."""
    rows = page.locator("#tree button:has(ins, del)")
    return [row.get_attribute("data-name") for row in rows.all()]


def download(page, folder):
    """Downloads the zip file into a folder, and returns its path."""
    with page.expect_download() as started:
        page.locator("#download").click()
    path = Path(folder) / started.value.suggested_filename
    started.value.save_as(path)
    return path


def watch_requests(context):
    """Returns the list into which all requests go."""
    urls = []
    context.on("request", lambda request: urls.append(request.url))
    return urls
