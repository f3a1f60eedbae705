"""The studio in a browser: bytes, the time until it is live, the time of a change."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
from playwright.sync_api import Browser, Page
from trainstep.studio.server import Server

from benchmarks.browser import StaticHost, find_browser, launch, serve
from benchmarks.rows import Row, at_most, summarize

BUILD = Path(__file__).parent.parent / "studio" / "build.py"
LIVE = "body[data-state=idle]"
CHANGE = """async (count) => {
    const radios = document.querySelectorAll("[name=gradients]");
    const times = [];
    for (let round = 0; round < count; round += 1) {
        const start = performance.now();
        radios[(round + 1) % 2].click();
        await new Promise((resolve) => {
            const look = () => document.body.dataset.state === "idle" && resolve();
            new MutationObserver(look).observe(document.body, { attributes: true });
        });
        await new Promise(requestAnimationFrame);
        await new Promise((resolve) => setTimeout(resolve));
        times.push(performance.now() - start);
    }
    return times;
}"""
"""Clicks, and returns the milliseconds until each change is painted."""


def measure(loads: int = 5, changes: int = 50) -> Iterator[Row]:
    """Measures the static site and the local server.

    Args:
        loads: How many times to load the static site with an empty cache.
        changes: How many changes to time.

    Yields:
        The bytes and the seconds until the static site is live; the milliseconds of a
        change there, and with the local server.
    """
    if not find_browser():
        raise click.ClickException("This needs Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, launch() as browser:
        subprocess.run([sys.executable, BUILD, folder], check=True)
        yield from measure_site(StaticHost(Path(folder)), browser, loads, changes)
        with serve(Server()) as url:
            page = browser.new_page()
            load(page, url)
            times = page.evaluate(CHANGE, changes)
    limit = at_most(100)
    yield summarize("a change, painted, `trainstep studio`", times, limit, unit="ms")


def measure_site(
    host: StaticHost, browser: Browser, loads: int, changes: int
) -> Iterator[Row]:
    """Measures the static site."""
    sizes, seconds = [], []
    with serve(host) as url:
        for _ in range(loads):
            host.sent = 0
            page = browser.new_context().new_page()
            seconds.append(load(page, url))
            sizes.append(host.sent / 1e6)
        times = page.evaluate(CHANGE, changes)
    name = "static site of the studio"
    yield summarize(f"{name}: what it sends", sizes, at_most(6), unit="MB")
    yield summarize(f"{name}: until it is live", seconds, at_most(4), unit="s")
    yield summarize(f"{name}: a change, painted", times, at_most(100), unit="ms")


def load(page: Page, url: str) -> float:
    """Returns the seconds until a page answers."""
    start = time.perf_counter()
    page.goto(url)
    page.locator(LIVE).wait_for(timeout=120_000)
    return time.perf_counter() - start
