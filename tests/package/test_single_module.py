"""Modules that import each other become one, or one line says why not."""

import subprocess
import sys

import pytest
from trainstep.single_module import arrange_modules, merge_modules

A = """\"\"\"A.\"\"\"

import numpy as np
from p.b import f

ONE = 1


def g():
    print(f())
"""
B = """import keras

LIST = [x for x in ()]


# Of b.
@keras.f
def f():
    pass
"""
BAD = {
    "def g(): pass": "g means two things: p.b.g and p.a.g.",
    "np = 1": "np means two things: p.b.np and numpy.",
    "import p.c": "p.b has `import p.c`",
    "from p import c": "p.b has `from p import c`",
    "from . import c": "p.b has `from p import c`",
    "from p.a import *": "p.b has `from p.a import *`",
    "from numpy import *": "p.b has `from numpy import *`",
    "def h(): from p.a import g": "p.b has `from p.a import g`",
    "from p.a import h": "p.b has `from p.a import h`, which is not defined.",
    "LIST = []; import os": "p.b has two statements in line 10",
    "print(__file__)": "p.b uses __file__, which merging changes.",
    "def print(): pass": "print means two things: Python's own in p.a, and p.b.print.",
    "from p.a import g as h": "p.b has `from p.a import g as h`",
    "from p.missing import g": "p.b has `from p.missing import g`",
}
USED = "from p import b\n\n\ndef g():\n    return {}\n"
"""A module that knows another one by its name."""
MISUSED = {
    "b": "p.a uses `b` in a way that cannot be merged",
    "b.h()": "p.a uses b.h, which is not defined.",
    "[b.f() for b in ()]": "p.a also names something else `b`",
    "[b.f() for f in ()]": "p.a also names something else `f`",
    "setattr(b, 'f', 1)": "p.a uses `b` in a way that cannot be merged",
}


def test_modules_are_merged_in_the_order_of_need():
    head = '"""A."""\n\nimport keras\nimport numpy as np\n\n'
    text = head + B.partition("\n\n")[2] + "\n\n" + A.partition("f\n\n")[2]
    assert merge_modules({"p.a": A, "p.b": B}, "p.a") == text


def test_module_that_two_import_is_merged_once():
    c = "from p.b import f\n\nC = f()\n"
    sources = {"p.a": A.replace("p.b", "p.c"), "p.b": B, "p.c": c}
    assert merge_modules(sources, "p.a").count("def f()") == 1


@pytest.mark.parametrize("line", BAD)
def test_what_cannot_be_merged_takes_one_line(line):
    with pytest.raises(ValueError) as caught:
        merge_modules({"p.a": A, "p.b": f"{B}{line}\n"}, "p.a")
    assert str(caught.value).startswith(BAD[line])


@pytest.mark.parametrize(
    "use", ["b.f()", "'é', b.f(), b.f", "f'{b.f()} {b.f}'", "(b.f,\n            b.f)"]
)
def test_name_of_a_module_is_dropped(use):
    text = merge_modules({"p.a": USED.format(use), "p.b": B}, "p.a")
    assert text.endswith(f"    return {use.replace('b.', '')}\n")


@pytest.mark.parametrize("use", MISUSED)
def test_name_of_a_module_that_cannot_be_dropped_takes_one_line(use):
    with pytest.raises(ValueError) as caught:
        merge_modules({"p.a": USED.format(use), "p.b": B}, "p.a")
    assert str(caught.value).startswith(MISUSED[use])


def test_relative_imports_are_merged():
    relative = A.replace("from p.b", "from .b")
    expected = merge_modules({"p.a": A, "p.b": B}, "p.a")
    assert merge_modules({"p.a": relative, "p.b": B}, "p.a") == expected


def test_package_comes_first_with_its_imports_in_place():
    package = "from p.b import f\nimport os\n\nos.umask(1)\n\nimport copy\n"
    sources = {"p": package, "p.a": f"import os\n{A}", "p.b": B}
    header = (
        "import os\n\nos.umask(1)\n\nimport copy\n\nimport keras\nimport numpy as np"
    )
    assert arrange_modules(sources, "p.a").header == header


def test_package_that_uses_its_modules_takes_one_line():
    with pytest.raises(ValueError, match="p uses f, which comes after it"):
        merge_modules({"p": "from p.b import f\n\nf()\n", "p.a": A, "p.b": B}, "p.a")


def test_future_comes_before_all_else():
    future = "from __future__ import annotations\n"
    sources = {"p": "import os\n\nos.umask(1)\n", "p.a": A, "p.b": future + B}
    assert merge_modules(sources, "p.a").startswith(f"{future}\nimport os\n")


def test_only_the_start_is_run():
    main = '\n\nif __name__ == "__main__":\n    f()\n'
    sources = {"p.a": A + main, "p.b": B + main.replace("f()", "exit()")}
    text = merge_modules(sources, "p.a")
    assert text.endswith(main) and "exit" not in text
    assert (
        not arrange_modules(sources, "p.a", keep_main=False)
        .modules[-1]
        .code.endswith(main.strip())
    )


def test_lists_of_names_are_left_out():
    listed = '__all__ = ["f"]\n__all__ += ["LIST"]\n'
    expected = merge_modules({"p.a": A, "p.b": B}, "p.a")
    assert merge_modules({"p.a": A, "p.b": B + listed}, "p.a") == expected


def test_imports_are_sorted_as_ruff_sorts_them(tmp_path):
    lines = """\
import PIL.Image
import jax
import jax.numpy as jnp
from collections import OrderedDict, deque, abc
from PIL import ImageOps, Image as Picture
from numpy import ndarray, NaN, PINF, float32
from os import path
import sys
"""
    text = merge_modules({"p.a": f"{lines}\nX = 1\n"}, "p.a")
    (tmp_path / "module.py").write_text(text)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=I", "."]
    subprocess.run(command, cwd=tmp_path, check=True)
