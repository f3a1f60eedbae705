"""Merges modules that import each other into one, their text kept as it is."""

import builtins
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from trainstep.import_statements import FUTURE, format_imports
from trainstep.module_order import find_root, is_inside, order_modules
from trainstep.parsed_module import Module, parse_module
from trainstep.qualified_names import drop_qualifiers

PLACES = {"__file__", "__package__", "__path__", "__spec__"}
"""Names for the place where a module is."""
DEFINITION = r"(#.*\n+)*(@|def |async def |class )"
"""What code begins with whose first statement is a definition."""


@dataclass(frozen=True)
class Merged:
    """Modules that can stand one below the other.

    Attributes:
        docstring: That of the package, if it is merged too, or else of the last module.
        header: The imports, and what the package does before them.
        modules: The modules, each after those that it needs.
    """

    docstring: str
    header: str
    modules: list[Module]


def merge_modules(sources: Mapping[str, str], start: str) -> str:
    """Merges a module and those that it imports into the text of one module.

    Args:
        sources: The modules' texts by their names, with dots.
        start: The name of the module to start from. It comes last.

    Returns:
        The text of a module that imports none of the others, sorted and laid out as
        ruff wants it where the modules are.

    Raises:
        ValueError: If the modules cannot be merged, as `arrange_modules()` says.
    """
    merged = arrange_modules(sources, start)
    code = "\n\n\n".join(module.code for module in merged.modules)
    header = "\n\n".join(filter(None, [merged.docstring, merged.header]))
    return f"{header}{find_gap(code)}{code}\n".lstrip("\n")


def arrange_modules(
    sources: Mapping[str, str], start: str, keep_main: bool = True
) -> Merged:
    """Arranges a module and those that it imports so that they can be one.

    Args:
        sources: The modules' texts by their names, with dots. The name of the package
            stands for its `__init__.py`, which comes first if it is there.
        start: The name of the module to start from. It comes last.
        keep_main: Whether to keep what it does when it is run.

    Raises:
        ValueError: If two modules define the same name, or one is imported in any
            other way than by `from module import name`.
    """
    in_order = order_modules(sources, start, keep_main)
    ordered = {module.name: module for module in in_order}
    modules = [_connect(module, ordered, sources) for module in ordered.values()]
    _check_names(modules)
    first = [module for module in modules if module.name == find_root(start)]
    others = [module for module in modules if module not in first]
    there = [found for module in first for found in module.imports]
    imports = [found for module in others for found in module.imports]
    future = [found for found in (*there, *imports) if found.module == FUTURE]
    rest = [found for found in imports if found not in (*there, *future)]
    blocks = [format_imports(future), *(m.code for m in first), format_imports(rest)]
    return Merged(
        docstring=(*first, *modules[-1:])[0].docstring,
        header="\n\n".join(filter(None, blocks)),
        modules=[module for module in others if module.code],
    )


def list_names(source: str) -> set[str]:
    """Lists the names that a module's text defines or imports."""
    module = parse_module("", source, "")
    return module.names | {found.bound for found in module.imports}


def find_gap(code: str) -> str:
    """Finds the line ends that ruff wants between imports and the code below them."""
    return "\n\n\n" if re.match(DEFINITION, code) else "\n\n"


def _connect(
    module: Module, modules: Mapping[str, Module], sources: Mapping[str, str]
) -> Module:
    """Lets a module name directly what it takes from the others."""
    targets = {}
    for found in (i for i in module.imports if is_inside(i, sources)):
        if found.meaning in modules:
            targets[found.name] = _list_exports(modules[found.meaning], modules)
        elif found.name not in _list_exports(modules[found.module], modules):
            raise ValueError(f"{module.name} has `{found}`, which is not defined.")
        if module.name == find_root(module.name) and found.name in module.used:
            raise ValueError(
                f"{module.name} uses {found.name}, which comes after it once modules "
                "are merged."
            )
    used = module.used - {found.bound for found in module.imports}
    imports = [found for found in module.imports if not is_inside(found, sources)]
    plain = drop_qualifiers(module, targets) if targets else module
    return replace(plain, imports=imports, used=used)


def _list_exports(module: Module, modules: Mapping[str, Module]) -> set[str]:
    """Lists the names that other modules can take from a module."""
    imported = {i.bound for i in module.imports if i.meaning not in modules}
    return module.names | imported


def _check_names(modules: Iterable[Module]) -> None:
    """Makes sure that each name means one thing in all modules."""
    found: dict[str, str] = {}
    for module in modules:
        imported = {i.bound: i.meaning for i in module.imports}
        defined = {name: f"{module.name}.{name}" for name in module.names}
        for name, what in {**imported, **defined}.items():
            if found.setdefault(name, what) != what:
                raise ValueError(f"{name} means two things: {found[name]} and {what}.")
    for module in modules:
        for name in sorted(module.used & PLACES):
            raise ValueError(f"{module.name} uses {name}, which merging changes.")
        for name in sorted(module.used & {*found} & {*dir(builtins)}):
            own = f"Python's own in {module.name}"
            raise ValueError(f"{name} means two things: {own}, and {found[name]}.")
