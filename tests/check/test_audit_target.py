"""The class to audit is found, or a line says what to name."""

import sys

import keras
import pytest
from trainstep import render_file
from trainstep.audit.cases.shared import build
from trainstep.audit.target import find_needs, load
from trainstep.errors import CheckError

STEP = "import keras\n\n\nclass Step(keras.Model):\n    pass\n"
OTHER = "\n\nclass Other(Step):\n    pass\n"
NEEDS_MORE = (
    "import keras\n\n\nclass Needy(keras.Model):\n"
    "    def __init__(self, inputs, outputs, teacher):\n"
    "        super().__init__(inputs, outputs)\n"
)
TAKES_TWO = (
    "import keras\n\n\nclass Needy(keras.Model):\n"
    "    def __init__(self, encoder, decoder):\n"
    "        super().__init__()\n"
)
MAKE = "\n\ndef make(*args):\n    return Needy(*args, None)\n"
MISTAKES = [
    ("x = 1\n", "", "defines no subclass of keras.Model"),
    (STEP + OTHER, "", "defines Step, Other: name what to audit, .*step.py:Step"),
    (STEP, ":Stop", "step.py:Stop is not there. .* defines Step"),
    (STEP, ":keras", "step.py:keras is not a subclass of keras.Model"),
    ("x = nowhere\n", "", "cannot be imported: NameError: name 'nowhere'"),
    ("raise SystemExit('enough')\n", "", "cannot be imported: SystemExit: enough"),
    (NEEDS_MORE, "", "missing 1 required .* 'teacher'. Write def make.*step.py:make"),
    (TAKES_TWO, "", "does not hand them on to keras.Model"),
    (
        STEP + "\n\ndef make(*args):\n    pass\n",
        ":make",
        "returns is not a keras.Model",
    ),
]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file, by default `step.py`, and returns its path."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(text, name="step.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize(("text", "name", "words"), MISTAKES)
def test_mistake_is_named(text, name, words, write):
    with pytest.raises(CheckError, match=words):
        load(write(text) + name)


@pytest.mark.parametrize("name", ["", ":Step"])
def test_class_of_a_file_is_found(name, write):
    assert load(write(STEP) + name).__name__ == "Step"


def test_class_of_a_module_is_found():
    assert load("keras:Model") is keras.Model


def test_class_of_a_package_imports_its_neighbours(write):
    write("", "house/__init__.py")
    write(STEP, "house/base.py")
    text = "from house.base import Step\n\n\nclass Mine(Step):\n    pass\n"
    assert load(write(text, "house/mine.py")).__name__ == "Mine"


def test_function_builds_models(write):
    make = load(write(NEEDS_MORE + MAKE) + ":make")
    assert type(build(make)).__name__ == "Needy"
    assert find_needs(make) == {"subclass"}


def test_sequential_class_is_left_what_it_cannot_be(write):
    text = render_file({"model_api": "sequential"}, "model.py")
    model_class = load(write(text))
    assert find_needs(model_class) == {"functional", "subclass"}
    assert len(build(model_class).layers) == 2
