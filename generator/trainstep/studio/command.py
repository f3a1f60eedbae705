"""The command `trainstep studio`: serves the page until it is interrupted."""

import contextlib
import webbrowser

import click

from trainstep.errors import TemplateError
from trainstep.studio.server import Server


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="The port of the page; 0 takes any that is free.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser.")
def studio(port: int, no_browser: bool) -> None:
    """Opens a page on which to choose options and see the code.

    It needs no network, and serves this machine only.
    """
    try:
        server = Server(port)
    except OSError as error:
        reason = f"Port {port} cannot be used: {error.strerror}"
        raise TemplateError(f"{reason}. --port 0 takes any that is free.") from error
    click.echo(f"The studio is at {server.url} (Ctrl+C ends it)")
    if not no_browser:
        webbrowser.open(server.url)
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
