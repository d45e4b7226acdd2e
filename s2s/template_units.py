"""The units of the helper templates: their source, what they need and what they take."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .table_model import TableError, Template, function_params

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def template_units(framework: str) -> dict[str, Template]:
    """The units of a framework's templates by name; those of a folder inside it by ``folder.name``.

    Such a folder holds the layers of one source framework, which may have names that others have too.
    """
    units: dict[str, Template] = {}
    _add_units(units, TEMPLATES / framework, "")
    for folder in sorted(p for p in (TEMPLATES / framework).iterdir() if p.is_dir()):
        if folder.name != "__pycache__":
            _add_units(units, folder, f"{folder.name}.")
    return units


def _add_units(units: dict[str, Template], folder: Path, prefix: str) -> None:
    parsed = [
        (path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"
    ]
    own = {name for _, text in parsed for node in ast.parse(text).body for name in _bound(node)}
    keys = {name: name for name in units} | {name: prefix + name for name in own}
    for topic, text in parsed:
        for unit in _units(prefix + topic, text, set(keys)):
            name = prefix + unit.name
            if name in units:
                raise TableError(f"{folder}/{topic}.py: {unit.name} is defined twice")
            units[name] = replace(
                unit,
                name=name,
                needs=frozenset(keys[need] for need in unit.needs),
                bases=tuple(keys.get(base, base) for base in unit.bases),
                order=len(units),
            )


def _bound(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return (node.targets[0].id,)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,)
    return ()


def _units(topic: str, text: str, names: set[str]) -> Iterator[Template]:
    lines = text.splitlines()
    tree = ast.parse(text)
    imports = _import_lines(tree)
    for node in tree.body:
        bound = _bound(node)
        if not bound:
            continue
        start = node.lineno - 1
        for decorator in getattr(node, "decorator_list", ()):
            start = min(start, decorator.lineno - 1)
        while start > 0 and lines[start - 1].startswith("#"):
            start -= 1
        source = "\n".join(lines[start : node.end_lineno])
        used = set(_global_names(symtable.symtable(source, topic, "exec")))
        unit = Template(
            name=bound[0],
            topic=topic,
            text=source,
            needs=frozenset((used & names) - {bound[0]}),
            imports=frozenset(imports[n] for n in used if n in imports),
        )
        if isinstance(node, ast.FunctionDef):
            unit = replace(unit, params=function_params(node.args))
        elif isinstance(node, ast.ClassDef):
            methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
            init = methods.get("__init__")
            call = methods.get("call") or methods.get("__call__")
            unit = replace(
                unit,
                is_class=True,
                bases=tuple(ast.unparse(base) for base in node.bases),
                params=function_params(init.args)[1:] if init else (),
                init_params=frozenset(p.name for p in function_params(init.args)) if init else frozenset(),
                call_params=frozenset(p.name for p in function_params(call.args)) if call else frozenset(),
            )
        yield unit


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """The names of the module that a piece of source uses: parameters and local names are not."""
    everywhere = table.get_type() in ("module", "class")
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (everywhere or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _global_names(child)


def _import_lines(tree: ast.Module) -> dict[str, str]:
    """Local name -> import statement, for imports of anything but sibling templates."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                tail = f" as {alias.asname}" if alias.asname else ""
                found[name] = f"import {alias.name}{tail}"
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
            for alias in node.names:
                tail = f" as {alias.asname}" if alias.asname else ""
                found[alias.asname or alias.name] = f"from {node.module} import {alias.name}{tail}"
    return found
