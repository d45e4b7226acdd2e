"""Imports at the top of a package's ``__init__`` that may wait until their names are asked for."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

Deferred = dict[str, tuple[str, str]]
_SEES_NAMES = frozenset(("globals", "vars", "locals", "dir", "exec", "eval", "__dict__", "modules"))


def deferrable(text: str, package: str, modules: Collection[str], acting: Collection[str]) -> Deferred:
    """Name -> (module, attribute) of what may wait; the attribute is '' when the name is the module itself.

    A name may wait when a plain top-level ``from`` import of the library's own modules binds it, nothing else in the
    file binds or reads it, and importing its module does nothing that others could notice.
    """
    tree = ast.parse(text)
    if any(_name_seen(node) in _SEES_NAMES for node in ast.walk(tree)):
        return {}
    bound = _bindings(tree)
    found: Deferred = {}
    for node in tree.body:
        for name, place in _imported(node, package, modules).items():
            module, attribute = place
            hides_submodule = f"{package}.{name}" in modules and place != (f"{package}.{name}", "")
            if bound[name] == 1 and module not in acting and not hides_submodule and module != package:
                found[name] = (module, attribute)
    return found


def _name_seen(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


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


def _imported(node: ast.stmt, package: str, modules: Collection[str]) -> Deferred:
    """What a top-level ``from`` import of the library's own modules binds."""
    from ..project import absolute

    if not isinstance(node, ast.ImportFrom):
        return {}
    base = absolute(node.module or "", node.level, package)
    found: Deferred = {}
    for alias in node.names:
        if alias.name == "*" or base not in modules:
            return {}
        inner = f"{base}.{alias.name}"
        found[alias.asname or alias.name] = (inner, "") if inner in modules else (base, alias.name)
    return found


def without(tree: ast.Module, deferred: Deferred) -> ast.Module:
    """The module without the imports of deferred names; line numbers stay."""
    body: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            kept = [alias for alias in node.names if (alias.asname or alias.name) not in deferred]
            if not kept:
                continue
            node.names = kept
        body.append(node)
    tree.body = body
    return tree


def resolve_on_demand(
    module: ModuleType, deferred: Mapping[str, tuple[str, str]], prefix: str, has_submodule: Callable[[str], bool]
) -> None:
    """Give a package a ``__getattr__`` that imports what was put off, and submodules that nobody imported yet."""
    own: Callable[[str], Any] | None = vars(module).get("__getattr__")
    own_dir: Callable[[], list[str]] | None = vars(module).get("__dir__")

    def __getattr__(name: str) -> Any:
        if name in deferred:
            value = _value(*deferred[name], prefix)
        elif not name.startswith("__") and has_submodule(f"{module.__name__}.{name}"):
            return import_module(f"{module.__name__}.{name}")
        elif own is not None:
            return own(name)
        else:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        setattr(module, name, value)
        return value

    def __dir__() -> list[str]:
        return sorted({*(own_dir() if own_dir is not None else vars(module)), *deferred})

    vars(module).update(__getattr__=__getattr__, __dir__=__dir__, __deferred__=tuple(deferred))


def _value(name: str, attribute: str, prefix: str) -> Any:
    full = f"{prefix}.{name}"
    module = sys.modules.get(full) or import_module(full)
    return getattr(module, attribute) if attribute else module


def import_all(module: ModuleType) -> None:
    """Import everything that a package put off, for ``from package import *``."""
    for name in vars(module).get("__deferred__", ()):
        getattr(module, name)
