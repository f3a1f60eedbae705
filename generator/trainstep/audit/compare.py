"""Where the results of two classes differ, and by how much."""

import re
from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

ROUNDING = 1e-6
"""How far numbers may be from those of `keras.Model`, absolutely or relatively.

XLA may take the sums of equal steps in another order.
"""

MOST = 3
"""How many differences are named, the largest first."""


def is_exact(results: Any, expected: Any) -> bool:
    """Returns whether results are the same, to the bit."""
    found, wanted = _flatten(results), _flatten(expected)
    return found.keys() == wanted.keys() and all(
        np.array_equal(found[key], wanted[key], equal_nan=_is_float(wanted[key]))
        for key in wanted
    )


def find_differences(results: Any, expected: Any) -> str:
    """Says where results differ by more than rounding.

    Args:
        results: Numbers in nested dicts, lists and tuples.
        expected: What they should be.

    Returns:
        The differences in a line; an empty text where there are none.
    """
    found, wanted = _flatten(results), _flatten(expected)
    if found.keys() != wanted.keys():
        return _describe_names(_labels(found), _labels(wanted))
    sizes: dict[str, float] = {}
    facts = []
    for key, value in wanted.items():
        label = _label(key)
        if isinstance(value, bool | int):
            if found[key] != value:
                facts.append(f"{label}: {found[key]}, not {value}")
        elif size := _measure(found[key], value):
            sizes[label] = max(size, sizes.get(label, 0.0))
    largest = sorted(sizes.items(), key=_rank)[:MOST]
    return ", ".join([*facts, *(f"{name} by {size:.1g}" for name, size in largest)])


def _rank(difference: tuple[str, float]) -> tuple[bool, float]:
    """Ranks the largest difference first, and those of the optimizer last."""
    name, size = difference
    return "optimizer" in name, -size


def _measure(value: Any, expected: Any) -> float:
    """Returns the largest difference of two arrays, or 0.0 if it is only rounding."""
    value, expected = np.asarray(value, float), np.asarray(expected, float)
    if value.shape != expected.shape:
        return float("inf")
    if np.allclose(value, expected, ROUNDING, ROUNDING, equal_nan=True):
        return 0.0
    size = float(np.max(np.abs(value - expected)))
    return size if np.isfinite(size) else float("inf")


def _flatten(results: Any) -> dict[str, Any]:
    leaves = jax.tree_util.tree_leaves_with_path(results)
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}


def _labels(keys: Iterable[str]) -> set[str]:
    return set(map(_label, keys))


def _describe_names(found: set[str], wanted: set[str]) -> str:
    """Says which numbers are missing, and which there are besides."""
    texts = [f"{name} is missing" for name in sorted(wanted - found)]
    texts += [f"there is also {name}" for name in sorted(found - wanted)]
    return ", ".join(texts) or "there are more or fewer numbers"


def _label(key: str) -> str:
    """Names a number by the keys that lead to it, without positions in lists."""
    return " ".join(re.findall(r"\['(.*?)'\]", key)) or "the result"


def _is_float(value: Any) -> bool:
    return np.issubdtype(np.asarray(value).dtype, np.floating)
