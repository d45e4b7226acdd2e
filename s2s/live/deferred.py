"""Imports at the top of a package's ``__init__`` that may wait until their names are asked for."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field

from ..model import SourceFile
from ..module_names import absolute

_SEES_NAMES = frozenset(("globals", "vars", "locals", "dir", "exec", "eval", "__dict__", "modules"))


def waiting_imports(text: str, package: str, modules: Mapping[str, SourceFile], acting: Collection[str]) -> Waiting:
    """What may wait in the text of a package's ``__init__``.

    A name may wait when a plain top-level ``from`` import of the library's own modules binds it and nothing else in
    the file binds or reads it. Modules that act on others when they are imported wait only where the file does
    nothing but import, and only until the whole library is asked for.
    """
    tree = ast.parse(text)
    found = Waiting(package)
    if any(_name_seen(node) in _SEES_NAMES for node in ast.walk(tree)):
        return found
    bound = _bindings(tree)
    only_imports = not any(isinstance(node, ast.Call) for node in ast.walk(tree))
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        base = absolute(node.module or "", node.level, package)
        if base not in modules or base == package and _is_star(node):
            continue
        names = _star_names(base, modules) if _is_star(node) else _explicit_names(node, base, modules)
        may = {name for name, (module, _) in names.items() if only_imports or module not in acting}
        may = {name for name in may if not _hides_submodule(names[name], f"{package}.{name}", modules)}
        may = {name for name in may if bound[name] == (0 if _is_star(node) else 1)}
        if _is_star(node):
            if not names or len(may) < len(names):
                continue
            found.stars.append(base)
            may = set(names)
        found.names.update((name, names[name]) for name in names if name in may)
    modules_waiting = {module for module, _ in found.names.values()}
    found.acting.extend(sorted(modules_waiting & set(acting)))
    return found


@dataclass(slots=True)
class Waiting:
    """Name -> (module, attribute), attribute '' for a module; modules imported by ``*``; those of all that act."""

    package: str
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    acting: list[str] = field(default_factory=list)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def from_json(data: bytes) -> Waiting:
        return Waiting(**json.loads(data))

    def removed_from(self, tree: ast.Module) -> ast.Module:
        """The module without the imports that wait; line numbers stay."""
        body: list[ast.stmt] = []
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                base = absolute(node.module or "", node.level, self.package)
                if _is_star(node) and base in self.stars:
                    continue
                kept = [alias for alias in node.names if (alias.asname or alias.name) not in self.names]
                if not kept:
                    continue
                node.names = kept
            body.append(node)
        tree.body = body
        return tree


def _is_star(node: ast.ImportFrom) -> bool:
    return node.names[0].name == "*"


def _name_seen(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _hides_submodule(place: tuple[str, str], submodule: str, modules: Collection[str]) -> bool:
    """Whether a name is also a submodule's: importing that one would bind the name to it."""
    return submodule in modules and place != (submodule, "")


def _bindings(tree: ast.Module) -> Counter[str]:
    """How often each name is bound or read anywhere in the file."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found[node.id] += 1
        elif isinstance(node, ast.alias):
            found[node.asname or node.name.split(".")[0]] += 1
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            found[node.name] += 1
    return found


def _explicit_names(node: ast.ImportFrom, base: str, modules: Collection[str]) -> dict[str, tuple[str, str]]:
    found = {}
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        found[alias.asname or alias.name] = (inner, "") if inner in modules else (base, alias.name)
    return found


def _star_names(base: str, modules: Mapping[str, SourceFile]) -> dict[str, tuple[str, str]]:
    """The names that a module states in a literal ``__all__``; none when it has no such list."""
    try:
        body = ast.parse(modules[base].path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return {}
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Name) and target.id == "__all__":
            values = getattr(node.value, "elts", [])
            names = [str(value.value) for value in values if isinstance(value, ast.Constant)]
            return {name: (base, name) for name in names} if len(names) == len(values) else {}
    return {}
