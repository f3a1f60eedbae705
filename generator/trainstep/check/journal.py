"""What passed, on disk, so that an interrupted check can go on."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from trainstep.check import combination
from trainstep.check.changes import find_digest
from trainstep.check.combination import name_combination
from trainstep.check.packages import read_versions
from trainstep.errors import CheckError
from trainstep.questions import Options

FOLDER = Path(".trainstep_cache")
"""The folder of the journal, in the current one."""


class Journal:
    """The combinations that passed, each on disk before the next one comes.

    A combination that passed counts as long as it renders to the same files, and
    as long as what checked it is the same: the packages and this one's own code.
    """

    def __init__(self, selected: Sequence[Options], resume: bool) -> None:
        """Opens the journal, and makes its folder where there is none.

        Args:
            selected: The combinations to check.
            resume: Whether what passed in an earlier check counts.

        Raises:
            CheckError: If the journal cannot be written.
        """
        tools = json.dumps([read_versions(), _read_own_code()])
        self._keys = {
            name_combination(o): _hash(find_digest(o) + tools) for o in selected
        }
        self._path = FOLDER / "passed.txt"
        try:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / ".gitignore").write_text("*\n", "utf-8")
            if not resume:
                self._path.write_text("", "utf-8")
            with self._path.open("a+", encoding="utf-8") as file:
                file.seek(0)
                self._passed = set(file.read().split())
        except OSError as error:
            raise CheckError(
                f"The journal cannot be written: {error.filename}: {error.strerror}."
            ) from error

    def has(self, options: Options) -> bool:
        """Returns whether a combination passed in an earlier check that counts."""
        return self._keys[name_combination(options)] in self._passed

    def add(self, name: str) -> None:
        """Writes down that a combination passed."""
        with self._path.open("a", encoding="utf-8") as file:
            print(self._keys[name], file=file)


def _read_own_code() -> str:
    files = [Path(combination.__file__), *Path(__file__).parents[1].glob("[ev]*.py")]
    return "".join(file.read_text("utf-8") for file in sorted(files))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
