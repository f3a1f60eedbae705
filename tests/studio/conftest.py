"""A browser, and what serves the page: the local server, and a static site."""

import subprocess
import sys

import pytest
from browser import require_browser, wait, watch_requests
from playwright.sync_api import expect
from trainstep.studio.server import Server
from trainstep.template import template_root

from benchmarks.browser import StaticHost, launch, serve

RESET = """link => {
    document.activeElement.blur();
    document.body.classList.remove("options-open");
    document.querySelector("#gallery").close();
    document.querySelector("#search").value = "";
    history.replaceState(null, "", link || location.pathname);
    dispatchEvent(new HashChangeEvent("hashchange"));
}"""
SIZE = {"width": 1280, "height": 800}
PATIENCE = 60_000
"""Milliseconds that a step may take on a busy machine."""
BUILD = template_root() / "studio" / "build.py"


def pytest_collection_modifyitems(items):
    """Lets one process run all tests that share the browser."""
    for item in items:
        if {"browser", "static_site"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.xdist_group("studio"))


@pytest.fixture(scope="session")
def static_site(tmp_path_factory):
    """The folder of the static site, as `make studio` builds it."""
    require_browser()
    site = tmp_path_factory.mktemp("studio") / "site"
    subprocess.run([sys.executable, BUILD, site], check=True)
    return site


@pytest.fixture(scope="module")
def browser():
    """A browser for a module: while one is open, no other test may run a loop."""
    require_browser()
    expect.set_options(timeout=PATIENCE)
    with launch() as browser:
        yield browser


@pytest.fixture(scope="session")
def server():
    with serve(Server()) as url:
        yield url


@pytest.fixture(scope="module", params=["server", "static_site"])
def url(request):
    """Where the page is."""
    if request.param == "server":
        yield request.getfixturevalue("server")
        return
    with serve(StaticHost(request.getfixturevalue("static_site"))) as url:
        yield url


@pytest.fixture(scope="module")
def context(browser, url):
    """A profile of the browser, from which no request may leave the origin."""
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(PATIENCE)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    requests = watch_requests(context)
    yield context
    context.close()
    local = (url, f"blob:{url}", "data:")
    assert requests and not [u for u in requests if not u.startswith(local)]


@pytest.fixture(scope="module")
def errors():
    """What goes wrong on any page."""
    errors = []
    yield errors
    assert not errors


@pytest.fixture(scope="module")
def open_fresh(context, url, errors):
    """Opens the page in a new tab, with a link's part of the address."""

    def open_tab(link=""):
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(error))
        page.on("console", lambda m: m.type == "error" and errors.append(m.text))
        page.goto(f"{url}{link}")
        wait(page)
        return page

    return open_tab


@pytest.fixture(scope="module")
def tab(open_fresh):
    return open_fresh()


@pytest.fixture
def open_page(tab):
    """Opens a link in the tab that is open, where Python runs already."""

    def open_link(link=""):
        tab.set_viewport_size(SIZE)
        tab.evaluate(RESET, link)
        wait(tab)
        return tab

    return open_link


@pytest.fixture
def page(open_page):
    return open_page()
