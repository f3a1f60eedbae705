"""Checks every combination of the options outside pytest, in worker processes."""
