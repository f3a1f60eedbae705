"""Runs the command, as `python -m trainstep`."""

from trainstep.cli import main

main(prog_name="trainstep")
