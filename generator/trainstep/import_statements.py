"""Import statements: the names they bind, and how ruff sorts them."""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LINE_LENGTH = 88
FUTURE = "__future__"
Statement = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Import:
    """One name that a statement imports.

    Attributes:
        module: The module, with dots.
        name: What is imported from it; empty where it is the module itself.
        alias: What the importing module calls it; empty where it keeps its name.
    """

    module: str
    name: str
    alias: str

    def __str__(self) -> str:
        return f"from {self.module} import {self.item}" if self.name else self.line

    @property
    def line(self) -> str:
        """The statement that imports the module itself."""
        return f"import {self.item}"

    @property
    def item(self) -> str:
        """What stands after `import`."""
        what = self.name or self.module
        return f"{what} as {self.alias}" if self.alias else what

    @property
    def bound(self) -> str:
        """The name that the importing module uses."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def meaning(self) -> str:
        """What that name stands for."""
        if self.name:
            return f"{self.module}.{self.name}"
        return self.module if self.alias else self.bound


def read_imports(node: Statement, package: str) -> Iterator[Import]:
    """Yields what a statement imports.

    Args:
        node: The statement.
        package: The package that relative imports start from.
    """
    for alias in node.names:
        if isinstance(node, ast.Import):
            yield Import(alias.name, "", alias.asname or "")
        else:
            module = _find_module(node, package)
            yield Import(module, alias.name, alias.asname or "")


def format_imports(imports: Iterable[Import]) -> str:
    """Writes imports as ruff sorts them: the standard library's, then the others."""
    sections: dict[int, list[Import]] = {0: [], 1: [], 2: []}
    for found in set(imports):
        sections[_find_section(found.module)].append(found)
    return "\n\n".join(_format_section(s) for s in sections.values() if s)


def _find_module(node: ast.ImportFrom, package: str) -> str:
    """Finds the module that a statement imports from, counted from the top."""
    names = package.split(".")
    parents = names[: len(names) + 1 - node.level] if node.level else []
    return ".".join([*parents, *filter(None, [node.module])])


def _find_section(module: str) -> int:
    if module == FUTURE:
        return 0
    return 1 if module.partition(".")[0] in sys.stdlib_module_names else 2


def _format_section(imports: Iterable[Import]) -> str:
    """Sorts imports; what is renamed takes a line of its own."""
    ordered = sorted(imports, key=_rank)
    lines = [str(found) for found in ordered if not found.name]
    groups: dict[tuple[str, str], list[str]] = {}
    for found in (found for found in ordered if found.name):
        key = (found.module, found.alias and found.item)
        groups.setdefault(key, []).append(found.item)
    lines += [_format_from(module, items) for (module, _), items in groups.items()]
    return "\n".join(lines)


def _format_from(module: str, items: list[str]) -> str:
    line = f"from {module} import {', '.join(items)}"
    if len(line) <= LINE_LENGTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {i},\n" for i in items) + ")"


def _rank(found: Import) -> tuple[str, str, int, str, str]:
    """Ranks by module, then constants before classes, and those before the others."""
    name = found.name
    kind = 0 if name.isupper() and len(name) > 1 else 2 - name[:1].isupper()
    return (found.module.lower(), found.module, kind, name.lower(), found.item)
