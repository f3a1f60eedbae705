"""Merges modules that import each other into one, their text kept as it is."""

import ast
import symtable
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

LINE_LENGTH = 88
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """A parsed module.

    Attributes:
        name: The module's name, with dots.
        docstring: The text of its docstring, with the quotes; empty without one.
        head: The text between the imports and the first definition.
        body: The text from the first definition on.
        imports: The import statements.
        names: The names that it defines.
    """

    name: str
    docstring: str
    head: str
    body: str
    imports: list[ast.Import | ast.ImportFrom]
    names: set[str]


def merge_modules(sources: Mapping[str, str], start: str) -> str:
    """Merges a module and those that it imports into one module.

    Args:
        sources: The modules' texts by their names, with dots.
        start: The name of the module to start from. It comes last, after what it
            needs; what stands before its first definition comes first.

    Returns:
        The text of a module that imports none of the others, sorted and laid out as
        ruff wants it where the modules are.

    Raises:
        ValueError: If two modules define the same name, or one is imported in any
            other way than by `from module import name`.
    """
    modules = list(_collect(sources, start, set()))
    _check_names(modules, sources)
    *needed, first = modules
    imports = [i for module in modules for i in module.imports]
    outside = [i for i in imports if not _is_inside(i, sources)]
    parts = [module.head for module in needed] + [module.body for module in needed]
    code = [part for part in (first.head, *parts, first.body) if part]
    gap = "\n\n" if code[0] in (module.head for module in modules) else "\n\n\n"
    header = "\n\n".join(filter(None, [first.docstring, _format_imports(outside)]))
    return header + gap + "\n\n\n".join(code) + "\n"


def list_names(source: str) -> set[str]:
    """Lists the names that a module's text defines or imports."""
    module = _parse("", source)
    return module.names.union(*map(_bind, module.imports))


def _collect(sources: Mapping[str, str], name: str, seen: set[str]) -> Iterator[Module]:
    """Yields a module after all that it needs, each once."""
    seen.add(name)
    module = _parse(name, sources[name])
    for statement in module.imports:
        if _is_inside(statement, sources):
            needed = _check_import(statement, sources, name)
            if needed not in seen:
                yield from _collect(sources, needed, seen)
    yield module


def _parse(name: str, source: str) -> Module:
    tree = ast.parse(source)
    docstring = tree.body[:1] if ast.get_docstring(tree) is not None else []
    code = tree.body[len(docstring) :]
    imports = [n for n in code if isinstance(n, ast.Import | ast.ImportFrom)]
    lines = source.split("\n")
    for node in (*docstring, *imports):
        lines[node.lineno - 1 : node.end_lineno] = [""] * _count_lines(node)
    first = next((n for n in code if isinstance(n, Definition)), None)
    split = _find_start(first, lines) if first else len(lines)
    return Module(
        name=name,
        docstring="".join(ast.get_source_segment(source, n) or "" for n in docstring),
        head="\n".join(lines[:split]).strip("\n"),
        body="\n".join(lines[split:]).strip("\n"),
        imports=imports,
        names=_list_defined(source),
    )


def _count_lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _find_start(node: Definition, lines: list[str]) -> int:
    """Finds the index of a definition's first line, decorators and comments too."""
    start = min(n.lineno for n in (node, *node.decorator_list)) - 1
    while start and lines[start - 1].startswith("#"):
        start -= 1
    return start


def _list_defined(source: str) -> set[str]:
    """Lists the names that a module assigns or defines."""
    symbols = symtable.symtable(source, "", "exec").get_symbols()
    defined = (s for s in symbols if s.is_assigned() and not s.is_imported())
    return {symbol.get_name() for symbol in defined}


def _is_inside(node: ast.Import | ast.ImportFrom, sources: Mapping[str, str]) -> bool:
    """Says whether an import is of a module that is merged, or of its package."""
    packages = {name.partition(".")[0] for name in sources}
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    return bool(node.__dict__.get("level")) or any(
        name.partition(".")[0] in packages for name in names
    )


def _check_import(
    node: ast.Import | ast.ImportFrom, sources: Mapping[str, str], name: str
) -> str:
    """Returns the module that is imported from, if all can stand as they are."""
    module = node.module if isinstance(node, ast.ImportFrom) else None
    if module not in sources or any(alias.asname for alias in node.names):
        raise ValueError(
            f"{name} has `{ast.unparse(node)}`; to merge modules, it takes "
            "`from module import name`."
        )
    return str(module)


def _check_names(modules: Iterable[Module], sources: Mapping[str, str]) -> None:
    found: dict[str, str] = {}
    for module in modules:
        outside = [i for i in module.imports if not _is_inside(i, sources)]
        imported = {name: what for i in outside for name, what in _bind(i).items()}
        defined = {name: f"{module.name}.{name}" for name in module.names}
        for name, what in {**imported, **defined}.items():
            if found.setdefault(name, what) != what:
                raise ValueError(f"{name} means two things: {found[name]} and {what}.")


def _bind(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Returns what an import's names stand for, by name."""
    start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
    return {
        alias.asname or (alias.name if start else alias.name.partition(".")[0]): (
            start + alias.name
        )
        for alias in node.names
    }


def _format_imports(imports: Iterable[ast.Import | ast.ImportFrom]) -> str:
    """Writes imports as ruff sorts them: the standard library's, then the others."""
    plain: set[tuple[str, str]] = set()
    members: dict[str, set[tuple[str, str]]] = {}
    for node in imports:
        names = {(alias.name, alias.asname or "") for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            members.setdefault(str(node.module), set()).update(names)
        else:
            plain |= names
    lines = {f"import {_alias(pair)}": pair[0] for pair in sorted(plain)}
    lines |= {_format_from(name, members[name]): name for name in sorted(members)}
    sections: list[list[str]] = [[], []]
    for line, name in lines.items():
        sections[name.partition(".")[0] not in sys.stdlib_module_names].append(line)
    return "\n\n".join("\n".join(section) for section in sections if section)


def _format_from(module: str, members: set[tuple[str, str]]) -> str:
    names = [_alias(pair) for pair in sorted(members, key=_rank)]
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE_LENGTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {n},\n" for n in names) + ")"


def _alias(pair: tuple[str, str]) -> str:
    name, other = pair
    return f"{name} as {other}" if other else name


def _rank(pair: tuple[str, str]) -> tuple[int, str]:
    """Ranks constants before classes, and those before other names."""
    name = pair[0]
    return (0 if name.isupper() and len(name) > 1 else 2 - name[0].isupper(), name)
