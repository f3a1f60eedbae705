"""Which combinations a change of the template changes, by the bytes they render to."""

import functools
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile

from trainstep.combinations import combinations
from trainstep.errors import CheckError, RenderError, TrainstepError
from trainstep.questions import Answer, Options
from trainstep.render import render_files
from trainstep.template import TEMPLATE_VARIABLE, template_root


def find_digest(options: Options) -> str:
    """Returns the digest of a combination's files, or of why it does not render."""
    try:
        return _digest(tuple(options.items()))
    except RenderError as error:
        return _hash(str(error))


def read_digests(revision: str) -> set[str]:
    """Renders all combinations of the template at a revision of its git checkout.

    Args:
        revision: The revision, as git takes it.

    Returns:
        The digests of the combinations.

    Raises:
        CheckError: If git has no such revision of the template.
        RenderError: If the template at the revision does not render.
    """
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(_archive(revision))) as archive:
            archive.extractall(folder, filter="data")
        result = subprocess.run(
            [sys.executable, "-m", "trainstep.check.changes"],
            env={**os.environ, TEMPLATE_VARIABLE: folder, "PYTHONPATH": _search_path()},
            capture_output=True,
            text=True,
        )
    if result.returncode:
        raise RenderError(result.stderr.strip().rpartition("\n")[-1])
    return set(json.loads(result.stdout))


def main() -> None:
    """Prints the digests of all combinations as JSON."""
    try:
        digests = [_digest(tuple(options.items())) for options in combinations()]
    except TrainstepError as error:
        sys.exit(str(error))
    print(json.dumps(digests))


def _search_path() -> str:
    """Lets a new Python find this very package."""
    return os.pathsep.join(filter(None, sys.path))


@functools.cache
def _digest(answers: tuple[tuple[str, Answer], ...]) -> str:
    return _hash(json.dumps(render_files(dict(answers)), sort_keys=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _archive(revision: str) -> bytes:
    """Returns the template's files at a revision, as a tar archive."""
    inside = _git("rev-parse", "--is-inside-work-tree")
    if inside.returncode:
        raise CheckError(
            f"The template in {template_root()} is not a git checkout, which "
            f"--changed-since asks for ({_read_error(inside)})."
        )
    commit = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit.returncode:
        raise CheckError(
            f"The checkout in {template_root()} has no revision {revision!r}. "
            "A shallow clone has to fetch it first."
        )
    name = commit.stdout.decode().strip()
    archive = _git("archive", "--format=tar", name, "copier.yml", "template")
    if archive.returncode:
        raise CheckError(
            f"There is no template at {revision!r} ({_read_error(archive)})."
        )
    return archive.stdout


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(template_root()), *arguments]
    try:
        return subprocess.run(command, capture_output=True)
    except FileNotFoundError as error:
        raise CheckError("--changed-since needs git, which is missing.") from error


def _read_error(result: subprocess.CompletedProcess[bytes]) -> str:
    return result.stderr.decode(errors="replace").strip().partition("\n")[0]


if __name__ == "__main__":
    main()
