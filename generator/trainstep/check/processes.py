"""Python processes that run this very package."""

import sys


def run_python(module: str) -> list[str]:
    """Returns the command that calls a module's `main()` in a new Python.

    Args:
        module: The module's full name; it is looked for where this Python looks.
    """
    code = f"import sys; sys.path[:] = {sys.path}; import {module}; {module}.main()"
    return [sys.executable, "-c", code]
