"""A real browser, and servers of the studio for it."""

import gzip
import mimetypes
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from trainstep.studio.server import ADDRESS

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Without them, the browser needs a screen and asks for its maker's hosts."""
COMPRESSED = (".zip", ".png")


def find_browser() -> str | None:
    """Finds the program of the browser; `None` where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def launch() -> Iterator[Browser]:
    """Starts the browser, without a window."""
    with sync_playwright() as playwright:
        program = find_browser()
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serve(server: HTTPServer) -> Iterator[str]:
    """Serves until the block ends, and yields where."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{ADDRESS}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class StaticHost(ThreadingHTTPServer):
    """Serves a folder as static hosts do: compressed by gzip.

    Attributes:
        sent: How many bytes of files it has sent.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__((ADDRESS, 0), StaticHandler)
        self.sent = 0
        paths = [path for path in folder.rglob("*") if path.is_file()]
        self.files = {f"/{path.relative_to(folder)}": compress(path) for path in paths}


class StaticHandler(BaseHTTPRequestHandler):
    """Sends a file of the folder."""

    server: StaticHost

    def do_GET(self) -> None:
        """Sends a file, and counts its bytes."""
        name = self.path.partition("?")[0].removesuffix("/") or "/index.html"
        content, headers = self.server.files.get(name, (b"", {}))
        self.send_response(200 if headers else 404)
        for header, value in headers.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(content)
        self.server.sent += len(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the terminal quiet."""


def compress(path: Path) -> tuple[bytes, dict[str, str]]:
    """Compresses a file where that helps; returns it, and the headers it needs."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"Content-Type": kind, "Cache-Control": "max-age=600"}
    if path.suffix in COMPRESSED:
        return path.read_bytes(), headers
    return gzip.compress(path.read_bytes(), 6), {**headers, "Content-Encoding": "gzip"}
