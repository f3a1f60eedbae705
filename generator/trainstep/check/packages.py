"""The packages that a check needs, of the extra `verify`."""

import platform
import re
from collections.abc import Iterator
from importlib import metadata

from trainstep.errors import CheckError

VERSIONED = ("trainstep", "keras", "jax", "ruff")
"""The packages on whose versions the outcome of a check depends."""


def require_packages() -> None:
    """Makes sure that the packages are installed, importing none.

    Raises:
        CheckError: If one is missing.
    """
    try:
        for name in (*VERSIONED, *_list_extra()):
            metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise CheckError(
            f'{error.name} is missing: pip install "trainstep[verify]"'
        ) from error


def read_versions() -> dict[str, str]:
    """Reads the versions of Python and of the packages, by name."""
    versions = {name: metadata.version(name) for name in VERSIONED}
    return {"python": platform.python_version(), **versions}


def _list_extra() -> Iterator[str]:
    for requirement in metadata.requires("trainstep") or ():
        name, _, marker = requirement.partition(";")
        if re.search("extra == .verify.", marker):
            yield re.split(r"[^\w.-]", name)[0]
