"""Where the emitted step does what an advice says."""

import ast
import functools
from dataclasses import dataclass

from trainstep.audit.cases.case import Advice
from trainstep.errors import RenderError
from trainstep.render import render_file

FILE = "model.py"


@dataclass(frozen=True)
class Excerpt:
    """A statement of the emitted `model.py`.

    Attributes:
        method: The method of `CustomModel` that holds it.
        line: Its first line, from 1.
        code: The line of it that an advice is about.
    """

    method: str
    line: int
    code: str

    def __str__(self) -> str:
        return f"{FILE}, line {self.line}, in {self.method}(): {self.code}"


@functools.cache
def find_excerpt(advice: Advice) -> Excerpt:
    """Finds the line of the default `model.py` that does what an advice says.

    Args:
        advice: The advice.

    Returns:
        The line, as `trainstep show` prints it.

    Raises:
        RenderError: If there is none, or more than one.
    """
    text = render_file({}, FILE)
    lines = text.splitlines()
    found = [
        Excerpt(advice.method, number, lines[number - 1].strip())
        for function in ast.walk(ast.parse(text))
        if isinstance(function, ast.FunctionDef) and function.name == advice.method
        for number in range(function.lineno, (function.end_lineno or 0) + 1)
        if advice.code in lines[number - 1]
    ]
    if len(found) != 1:
        raise RenderError(
            f"{len(found)} lines of {advice.method}() in {FILE} have {advice.code!r}."
        )
    return found[0]
