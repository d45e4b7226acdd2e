"""Scopes: which names a place in a module sees, and the kinds that they are bound to."""

from __future__ import annotations

from abc import ABC, abstractmethod

import libcst as cst

from . import kinds as k
from .kinds import Kind
from .project import ModuleInfo, Project
from .tables import HubOp, Table


class ClassScope(dict):
    """The names of a class body: visible in the body itself, not in the functions inside it."""


class Scopes(ABC):
    """The names of one module. ``push``/``pop`` open and close function scopes."""

    def __init__(self, module: ModuleInfo, project: Project, table: Table, hub: dict[str, HubOp]) -> None:
        self.module = module
        self.project = project
        self.table = table
        self.hub = hub
        self.scopes: list[dict[str, Kind]] = []
        self.top: dict[str, Kind] = {}  # what module code has bound so far, of names that have no one kind
        self.constants: dict[str, Kind] = {}  # arrays of known dtype that module code assigns once
        self.self_class = ""
        self.memo: dict[int, tuple[cst.CSTNode, Kind]] = {}
        self.canonical: dict[str, str] = {}  # qualified names -> what they are names of, while no import is bound
        self.numbers = False

    @abstractmethod
    def kind(self, node: cst.CSTNode) -> Kind:
        """The kind of an expression."""

    @abstractmethod
    def resolved(self, kind: Kind) -> Kind:
        """Turn deferred kinds (the result of calling a name) into what the project says they are."""

    @property
    def names_at_hand(self) -> dict[str, Kind]:
        """The names of the innermost scope, of those of the module what its code has bound so far."""
        return self.scopes[-1] if self.scopes else self.top

    def push(self, names: dict[str, Kind]) -> None:
        """Open a function scope with these local names."""
        self.scopes.append(names)
        self.memo.clear()

    def pop(self) -> None:
        """Close the innermost scope."""
        self.scopes.pop()
        self.memo.clear()

    def lookup(self, name: str) -> Kind | None:
        """The kind a name is bound to, innermost scope first; None when it is not bound here."""
        for depth, scope in enumerate(reversed(self.scopes)):
            if name in scope and (depth == 0 or not isinstance(scope, ClassScope)):
                return scope[name]
        if not self.scopes and name in self.top:
            return self.top[name]
        if self.scopes and name in self.constants:
            return self.constants[name]
        kind = self.module.names.get(name)
        if kind == k.UNKNOWN and self.project.observed is not None:
            return self.project.observed.name(self.module.name, name)
        return self._starred(name, self.module.stars, 0) if kind is None else kind

    def _starred(self, name: str, stars: tuple[str, ...], depth: int) -> Kind | None:
        """A name that comes through ``from module import *``."""
        for star in stars:
            module = self.project.module(star)
            if module is not None and depth < 5 and not name.startswith("_"):
                found = module.names.get(name) or self._starred(name, module.stars, depth + 1)
                if found is not None:
                    return found
            elif self.table.find(f"{star}.{name}") is not None:
                return k.ref(f"{star}.{name}")
        return None

    def bind(self, name: str, kind: Kind) -> None:
        """Bind a name in the innermost scope."""
        self.memo.clear()
        if self.scopes:
            self.scopes[-1][name] = kind
        elif name not in self.module.names:
            self.module.names[name] = kind
            self.canonical.clear()
        else:
            if name in self.module.once and kind.tag == "array" and kind.name not in ("", "variable"):
                self.constants[name] = kind
            if self.module.names[name].tag == "unknown":
                self.top[name] = kind

    def name_of(self, node: cst.CSTNode) -> str:
        """The canonical qualified name that an expression refers to, '' if none."""
        kind = self.kind(node)
        return self.defined(kind.name) if kind.tag == "ref" else ""

    def defined(self, name: str) -> str:
        """The qualified name under which a module defines what another one imports."""
        found = self.canonical.get(name)
        if found is None:
            found = self.canonical[name] = self.project.canonical(name)
        return found
