"""The reviewed files are what is emitted; `make golden` writes them."""

import golden
import pytest


@pytest.mark.parametrize("name", golden.GOLDEN)
def test_emits_reviewed_file(name):
    reviewed = golden.FOLDER / f"{name}.py"
    assert golden.render(name) == reviewed.read_text(encoding="utf-8")


def test_every_file_is_reviewed():
    files = {path.stem for path in golden.FOLDER.glob("*.py")}
    assert files == set(golden.GOLDEN)
