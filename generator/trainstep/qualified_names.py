"""Writes `load_data` where a module says `data.load_data`; its text stays as it is."""

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from trainstep.parsed_module import Module


def drop_qualifiers(module: Module, targets: Mapping[str, set[str]]) -> Module:
    """Takes the names of other modules off what a module uses of them.

    Args:
        module: The module.
        targets: What other modules define, by the names under which it knows them.

    Returns:
        The module, whose text names what it uses directly.

    Raises:
        ValueError: If one of the names stands alone, if the other module does not
            define what is used of it, or if a name would mean two things.
    """
    tree = ast.parse(module.code)
    code = module.code.encode()
    found = dict(_find_uses(tree, code, targets))
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for name, defined in targets.items():
        used = [node.attr for node in found.values() if _qualifier(node) == name]
        _check_uses(module, name, {*used}, defined)
        if len(used) != names.count(name):
            raise ValueError(
                f"{module.name} uses `{name}` in a way that cannot be merged; "
                f"it takes `{name}.something`, outside of f-strings."
            )
    for (start, end), node in sorted(found.items(), reverse=True):
        code = code[:start] + node.attr.encode() + code[end:]
    return replace(module, code=code.decode())


def _find_uses(
    tree: ast.Module, code: bytes, targets: Mapping[str, set[str]]
) -> Iterator[tuple[tuple[int, int], ast.Attribute]]:
    """Yields where something of another module is used, in bytes, and the node."""
    lengths = (len(line) + 1 for line in code.split(b"\n"))
    starts = [0, *itertools.accumulate(lengths)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _qualifier(node) in targets:
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            # Older versions of Python misplace what stands in an f-string.
            in_place = code[start:end] == ast.unparse(node).encode()
            if isinstance(node.ctx, ast.Load) and in_place:
                yield (start, end), node


def _qualifier(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


def _check_uses(module: Module, name: str, used: set[str], defined: set[str]) -> None:
    for other in sorted(used - defined):
        raise ValueError(f"{module.name} uses {name}.{other}, which is not defined.")
    for other in sorted((used | {name}) & (module.inner | module.names)):
        raise ValueError(
            f"{module.name} also names something else `{other}`; rename that."
        )
