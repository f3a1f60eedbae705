"""Takes the README's picture of the studio: `make screenshot`."""

import sys
from pathlib import Path

from benchmarks.browser import find_browser, launch, make_studio, serve

DOCS = Path(__file__).parent
SIZE = {"width": 1280, "height": 800}
LINK = "#algorithm=adversarial"


def main() -> None:
    if not find_browser():
        sys.exit("This needs Chromium: apt-get install chromium")
    with launch() as browser, serve(make_studio()) as url:
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{url}{LINK}")
        page.get_by_role("radio", name="clip").check()
        page.locator("#change", has_text="gradients=clip").wait_for()
        page.locator("#options").evaluate("options => options.scrollTo(0, 0)")
        page.screenshot(path=DOCS / "images" / "studio.png")


if __name__ == "__main__":
    main()
