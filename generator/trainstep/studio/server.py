"""Serves the page on this machine, for this machine alone."""

import json
import mimetypes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from trainstep.errors import TrainstepError
from trainstep.studio.api import call
from trainstep.studio.page import list_files

ADDRESS = "127.0.0.1"
LONGEST = 100_000
"""Of what the page asks, in bytes."""


class Server(ThreadingHTTPServer):
    """Serves the page, and answers what it asks."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__((ADDRESS, port), Handler)
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}
        self.files = list_files("server")

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """Answers a request that came from a page of this server."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Sends a file of the page."""
        name = self.path.partition("?")[0].removeprefix("/") or "index.html"
        if not self._is_local():
            self._send(403, "text/plain", b"This page is served to this machine only.")
        elif name in self.server.files:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self._send(200, kind, self.server.files[name])
        else:
            self._send(404, "text/plain", b"Not found.")

    def do_POST(self) -> None:
        """Answers a call: `{"method": ..., "arguments": ...}`."""
        length = int(self.headers.get("Content-Length", 0))
        if not self._is_local():
            self._refuse(403, b"This page is served to this machine only.")
        elif length > LONGEST:
            self._refuse(413, b"The request is too long.")
        else:
            self._answer(self.rfile.read(length))

    def log_message(self, format: str, *args: object) -> None:
        """Keeps the terminal quiet."""

    def _answer(self, body: bytes) -> None:
        try:
            request = json.loads(body)
            method, arguments = request["method"], request["arguments"]
        except (ValueError, TypeError, KeyError):
            self._refuse(400, b"The request is not JSON of a method and arguments.")
            return
        try:
            answer = call(method, arguments)
        except TrainstepError as error:
            self._refuse(400, str(error).encode())
            return
        self._send(200, "application/json", json.dumps(answer).encode())

    def _refuse(self, status: int, words: bytes) -> None:
        """Ends the connection, on which the rest of the request may follow."""
        self.close_connection = True
        self._send(status, "text/plain", words)

    def _is_local(self) -> bool:
        """Says whether a request names this server, and comes from its own page."""
        origin = self.headers.get("Origin")
        own = {f"http://{host}" for host in self.server.hosts}
        return self.headers.get("Host") in self.server.hosts and origin in {None, *own}

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
