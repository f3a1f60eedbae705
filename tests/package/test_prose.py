"""The English of the project: phrases that a native speaker would word otherwise."""

import re
import subprocess

import pytest
from trainstep.template import template_root

SUFFIXES = (".md", ".py", ".jinja", ".yml", ".toml", "Makefile")
BANNED = {
    r"(?<![Tt]here )\b(is|are) no (git|folder|project|package|such|file|checkout)\b": (
        "say what it is not: is not a folder"
    ),
    r"\ban" + r"ew\b": "say again",
    r"\bm" + r"end(s|ed)?\b": "say fix",
    r"\bbut" + r" for\b": "say except",
    r", for the \w+ (is|has|in)\b": "say because",
    r"\btell(s)? (for|of|how|whether)\b": "say reports, returns or shows",
    r"\bPut in the place of\b": "say swapped in for",
}
"""By pattern, what to write instead."""


def list_files():
    command = ["git", "-C", str(template_root()), "ls-files", "-z"]
    names = subprocess.check_output(command, text=True).split("\0")
    return [name for name in names if name.endswith(SUFFIXES) and "LICENSE" not in name]


@pytest.mark.parametrize("pattern", BANNED)
def test_phrase_stands_nowhere(pattern):
    found = [
        f"{name}:{number}"
        for name in list_files()
        for number, line in enumerate(read_lines(name), start=1)
        if re.search(pattern, line)
    ]
    assert not found, BANNED[pattern]


def read_lines(name):
    text = (template_root() / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.lstrip().startswith('r"')]


@pytest.mark.parametrize(
    "text", ["It is n" + "o folder.", "m" + "ends it", "is an" + "ew"]
)
def test_phrases_are_found(text):
    assert any(re.search(pattern, text) for pattern in BANNED)
