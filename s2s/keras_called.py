"""Layers of Keras that are attributes which a class sets once and only calls: nothing else can be asked of them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from .imported_names import imported_name
from .project import ModuleInfo, Project
from .table_model import Table
from .walk import ast_nodes


@dataclass(frozen=True)
class Called:
    """A layer: its name in the hub, the call and the method that make it, the class and the module of these."""

    op: str
    made: ast.Call
    method: ast.FunctionDef
    node: ast.ClassDef
    info: ModuleInfo

    def argument(self, name: str, position: int) -> ast.expr | None:
        """An argument of the constructor; None where it is not given, or not seen."""
        if any(isinstance(arg, ast.Starred) for arg in self.made.args):
            return None
        by_name = next((keyword.value for keyword in self.made.keywords if keyword.arg == name), None)
        return self.made.args[position] if by_name is None and len(self.made.args) > position else by_name


def called_layers(
    nodes: Mapping[str, list[ast.AST]], project: Project, source: Table, ops: Collection[str]
) -> dict[tuple[str, str], Called]:
    """Such layers of a project by class and attribute; ``ops`` are the hub's names of those that count."""
    found: dict[tuple[str, str], Called] = {}
    elsewhere: set[str] = set()
    owners: dict[str, set[str]] = {}
    for name, every in nodes.items():
        info = project.modules[name]
        of_self: set[int] = set()
        for node in every:
            if isinstance(node, ast.ClassDef) and node.name in info.classes:
                own = [part for part in ast_nodes(node) if is_of_self(part)]
                of_self |= {id(part) for part in own}
                cls = info.classes[node.name].name
                for attribute in {part.attr for part in own}:
                    owners.setdefault(attribute, set()).add(cls)
                found |= {(cls, attribute): layer for attribute, layer in _only_called(node, own, info, source, ops)}
        elsewhere |= {node.attr for node in every if isinstance(node, ast.Attribute) and id(node) not in of_self}
        names = {id(node.value) for node in every if isinstance(node, ast.keyword) and node.arg == "name"}
        texts = (node for node in every if isinstance(node, ast.Constant) and id(node) not in names)
        elsewhere |= {node.value for node in texts if isinstance(node.value, str)}
    return {
        (cls, attribute): layer
        for (cls, attribute), layer in found.items()
        if attribute not in elsewhere and not _is_shared(cls, owners[attribute], project)
    }


def _is_shared(cls: str, owners: set[str], project: Project) -> bool:
    """Whether a base or a subclass has an attribute of this name too."""
    return any(other != cls and (cls in project.mro(other) or other in project.mro(cls)) for other in owners)


def _only_called(
    node: ast.ClassDef, own: list[ast.Attribute], info: ModuleInfo, source: Table, ops: Collection[str]
) -> Iterator[tuple[str, Called]]:
    """The attributes of a class that are layers, are set once, and of which nothing is asked but calls."""
    called = {id(part.func) for part in ast_nodes(node) if isinstance(part, ast.Call)}
    for method in (part for part in node.body if isinstance(part, ast.FunctionDef)):
        for statement in ast_nodes(method):
            if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
                continue
            target, made = statement.targets[0], statement.value
            if not is_of_self(target) or not isinstance(made, ast.Call):
                continue
            op = _op(made.func, info, source)
            uses = [part for part in own if part.attr == target.attr and part is not target]
            if op in ops and all(id(use) in called for use in uses):
                yield target.attr, Called(op, made, method, node, info)


def _op(node: ast.expr, info: ModuleInfo, source: Table) -> str:
    name = imported_name(node, info)
    entry = source.find(name) if name else None
    return entry.op if entry is not None else ""


def is_of_self(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Whether a node is an attribute of ``self``."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
