"""One of several modules that become one, taken apart."""

import ast
import itertools
import symtable
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from trainstep.import_statements import Import, Statement, read_imports

MAIN = "__name__ == '__main__'"


class Names(TypedDict):
    """What the names in a text mean."""

    names: set[str]
    inner: set[str]
    used: set[str]


@dataclass(frozen=True)
class Module:
    """A parsed module.

    Attributes:
        name: The module's name, with dots.
        docstring: The text of its docstring, with the quotes; empty without one.
        description: What the docstring says.
        code: The text without docstring, `__all__`, imports.
        imports: What it imports at its top level.
        inner_imports: What it imports inside of functions and other statements.
        names: The names that the code defines.
        inner: The names that its functions and classes define for themselves.
        used: The names that it uses and does not define.
    """

    name: str
    docstring: str
    description: str
    code: str
    imports: list[Import]
    inner_imports: list[Import]
    names: set[str]
    inner: set[str]
    used: set[str]


def parse_module(
    name: str,
    source: str,
    package: str,
    keep_main: bool = False,
    keep_import: Callable[[Import], bool] = lambda _: False,
) -> Module:
    """Takes a module apart.

    Args:
        name: The module's name, with dots.
        source: Its text.
        package: The package that its relative imports start from.
        keep_main: Whether to keep in the code what it does when it is run.
        keep_import: Says which imports to keep in the code.

    Raises:
        ValueError: If what is left out shares a line with another statement.
    """
    tree = ast.parse(source, name)
    docstring = tree.body[:1] if ast.get_docstring(tree) is not None else []
    main = [n for n in tree.body if _is_main(n) and not keep_main]
    imports = {
        node: list(read_imports(node, package))
        for node in tree.body
        if isinstance(node, Statement)
    }
    left_out = [*docstring, *main, *filter(_is_list_of_names, tree.body)]
    moved = [n for n, found in imports.items() if not all(map(keep_import, found))]
    _check_lines(name, tree.body, [*left_out, *moved])
    return Module(
        name=name,
        docstring="".join(_read_lines(source, node) for node in docstring),
        description=ast.get_docstring(tree) or "",
        code=_cut(source, [*left_out, *moved]),
        imports=[found for group in imports.values() for found in group],
        inner_imports=list(_read_inner(tree, package)),
        **_list_names(_cut(source, [*left_out, *imports])),
    )


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == MAIN


def _is_list_of_names(node: ast.stmt) -> bool:
    """Says whether a statement assigns `__all__`, or adds to it."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    return any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets)


def _read_inner(tree: ast.Module, package: str) -> Iterator[Import]:
    """Yields what is imported inside of functions and other statements."""
    for node in _list_statements(tree):
        if isinstance(node, Statement) and node not in tree.body:
            yield from read_imports(node, package)


def _list_statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yields the statements inside of a node, at any depth."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child
            yield from _list_statements(child)


def _check_lines(
    name: str, body: Sequence[ast.stmt], left_out: Sequence[ast.stmt]
) -> None:
    for node, following in itertools.pairwise(body):
        shared = following.lineno <= _find_end(node)
        if shared and (node in left_out or following in left_out):
            raise ValueError(
                f"{name} has two statements in line {following.lineno}; "
                "to merge modules, each takes a line of its own."
            )


def _cut(source: str, nodes: Sequence[ast.stmt]) -> str:
    """Takes statements out of a text, with the blank lines before them."""
    lines = source.split("\n")
    for node in sorted(nodes, key=lambda node: -node.lineno):
        start = node.lineno - 1
        while start and not lines[start - 1].strip():
            start -= 1
        del lines[start : _find_end(node)]
    return "\n".join(lines).strip("\n")


def _read_lines(source: str, node: ast.stmt) -> str:
    return "\n".join(source.split("\n")[node.lineno - 1 : _find_end(node)])


def _find_end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _list_names(code: str) -> Names:
    top, *tables = _list_tables(symtable.symtable(code, "", "exec"))
    symbols = [s for table in tables for s in table.get_symbols()]
    everywhere = [*top.get_symbols(), *symbols]
    names = {s.get_name() for s in top.get_symbols() if _is_defined(s)}
    names |= {s.get_name() for s in symbols if s.is_declared_global()}
    used = {s.get_name() for s in everywhere if s.is_global() and s.is_referenced()}
    inner = {s.get_name() for s in symbols if s.is_local()}
    return Names(names=names, inner=inner, used=used - names)


def _list_tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _list_tables(child)


def _is_defined(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()
