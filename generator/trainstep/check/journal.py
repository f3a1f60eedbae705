"""What is done, on disk, so that an interrupted check can go on."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from trainstep.check.changes import find_digest
from trainstep.check.combination import Outcome, name_combination
from trainstep.check.packages import read_versions
from trainstep.errors import CheckError
from trainstep.questions import Options

FOLDER = Path(".trainstep_cache")
"""The folder of the journal, in the current one."""


class Journal:
    """The outcomes of a check, each of which is on disk before the next one comes.

    An outcome counts while its combination renders to the same files, and while the
    packages that took part in the check have the same versions.

    Attributes:
        done: By combination, the outcomes of earlier checks that count.
    """

    def __init__(self, selected: Sequence[Options], resume: bool) -> None:
        """Opens the journal, and makes its folder where there is none.

        Args:
            selected: The combinations to check.
            resume: Whether their outcomes of earlier checks count. If not, they are
                dropped; those of other combinations stay.

        Raises:
            CheckError: If the journal cannot be written.
        """
        versions = read_versions()
        self._keys = {name_combination(o): _make_key(o, versions) for o in selected}
        self.done: dict[str, Outcome] = {}
        try:
            self._open(resume)
        except OSError as error:
            raise CheckError(
                f"The journal cannot be written: {error.filename}: {error.strerror}."
            ) from error

    def add(self, outcome: Outcome) -> None:
        """Writes an outcome down."""
        _write(self._file, self._keys[outcome.name], outcome)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _open(self, resume: bool) -> None:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / ".gitignore").write_text("*\n", "utf-8")
        path, new = FOLDER / "check.jsonl", FOLDER / "check.jsonl.new"
        with new.open("w", encoding="utf-8") as file:
            for key, outcome in _read(path):
                selected = outcome.name in self._keys
                counts = resume and key == self._keys.get(outcome.name)
                if counts:
                    self.done[outcome.name] = outcome
                if counts or not selected:
                    _write(file, key, outcome)
        new.replace(path)
        self._file = path.open("a", encoding="utf-8")


def _make_key(options: Options, versions: dict[str, str]) -> str:
    """Sums up what the outcome of a combination depends on."""
    text = json.dumps([find_digest(options), versions])
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> Iterator[tuple[str, Outcome]]:
    """Reads the entries of a journal, without a last line that was cut off."""
    if not path.exists():
        return
    for line in path.read_text("utf-8").splitlines():
        try:
            entry = json.loads(line)
            yield entry["key"], Outcome(**entry["outcome"])
        except (KeyError, TypeError, ValueError):
            continue


def _write(file: TextIO, key: str, outcome: Outcome) -> None:
    line = json.dumps({"key": key, "outcome": asdict(outcome)})
    print(line, file=file, flush=True)
