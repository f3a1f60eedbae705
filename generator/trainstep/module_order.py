"""The modules that a module imports from its own package, in the order of need."""

from collections.abc import Iterator, Mapping

from trainstep.import_statements import FUTURE, Import
from trainstep.parsed_module import Module, parse_module


def order_modules(
    sources: Mapping[str, str], start: str, keep_main: bool
) -> list[Module]:
    """Parses a module and those that it imports of some modules.

    Args:
        sources: The modules' texts by their names, with dots. The name of a package
            stands for its `__init__.py`.
        start: The name of the module to start from.
        keep_main: Whether to keep in its code what it does when it is run.

    Returns:
        Each module after those that it needs. In the code of the package's
        `__init__.py`, imports of other packages stay where they are.

    Raises:
        ValueError: If one is imported in any other way than by
            `from module import name`.
    """
    return list(_walk(sources, start, start if keep_main else "", set()))


def find_root(name: str) -> str:
    """Returns the name of the package that a module is in."""
    return name.partition(".")[0]


def is_inside(found: Import, sources: Mapping[str, str]) -> bool:
    """Says whether an import is of one of the modules, or of their package."""
    return find_root(found.module) in {"", *map(find_root, sources)}


def _walk(
    sources: Mapping[str, str], name: str, main: str, seen: set[str]
) -> Iterator[Module]:
    seen.add(name)
    is_package = any(other.startswith(f"{name}.") for other in sources)
    package = name if is_package else name.rpartition(".")[0]
    module = parse_module(
        name,
        sources[name],
        package,
        keep_main=name == main,
        keep_import=lambda found: (
            name == find_root(name)
            and found.module != FUTURE
            and not is_inside(found, sources)
        ),
    )
    _check_imports(module, sources)
    for needed in _list_needed(module, sources):
        if needed not in seen:
            yield from _walk(sources, needed, main, seen)
    yield module


def _check_imports(module: Module, sources: Mapping[str, str]) -> None:
    """Makes sure that all imports can stand as they are, or be left out."""
    for found in (*module.imports, *module.inner_imports):
        known = found.name and {found.module, found.meaning} & {*sources}
        plain = known and not found.alias and found not in module.inner_imports
        if found.name == "*" or (is_inside(found, sources) and not plain):
            raise ValueError(
                f"{module.name} has `{found}`; to merge modules, it takes "
                "`from module import name` at its top."
            )


def _list_needed(module: Module, sources: Mapping[str, str]) -> Iterator[str]:
    """Yields the packages that a module is in, then what it imports."""
    names = [module.name.rpartition(".")[0]]
    for found in module.imports:
        if is_inside(found, sources):
            names.append(found.meaning if found.meaning in sources else found.module)
    for name in names:
        parts = name.split(".")
        for number in range(len(parts)):
            if (parent := ".".join(parts[: number + 1])) in sources:
                yield parent
