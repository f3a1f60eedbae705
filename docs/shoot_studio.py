"""Takes the README's picture of the studio: `make screenshot`."""

import sys
from pathlib import Path

from trainstep.studio.server import Server
from trainstep.template import template_root

from benchmarks.browser import find_browser, launch, serve

DOCS = Path(__file__).parent
SIZE = {"width": 1280, "height": 800}
LINK = "#algorithm=adversarial"
POSE = """folder => {
    const command = document.querySelector("#command-copier");
    command.textContent = command.textContent.replace(folder, "/path/to/trainstep");
    document.querySelector("#options").scrollTo(0, 0);
    const lines = [...document.querySelectorAll("#code .added")];
    const line = lines.find((line) => line.textContent.includes("clip_gradients("));
    document.querySelector("#code").scrollTop = line.offsetTop - 500;
}"""
"""Shows where the last change matters, and no folder of this machine."""


def main() -> None:
    if not find_browser():
        sys.exit("This needs Chromium: apt-get install chromium")
    with launch() as browser, serve(Server()) as url:
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{url}{LINK}")
        page.locator("body[data-state=idle]").wait_for()
        page.get_by_role("radio", name="clip").check()
        page.locator("#change", has_text="gradients=clip").wait_for()
        page.evaluate(POSE, str(template_root()))
        page.screenshot(path=DOCS / "images" / "studio.png")


if __name__ == "__main__":
    main()
