"""What statements read, bind and change, as names and dotted paths."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

import libcst as cst

_WITH_BLOCKS = (cst.If, cst.For, cst.While, cst.With, cst.Try, cst.Else, cst.ExceptHandler, cst.Finally)
# Methods that change the container that they are called on.
_CHANGING = frozenset("append extend update insert add setdefault appendleft".split())


def dotted_path(node: cst.CSTNode) -> str:
    """``self.net.head`` of an attribute chain that begins with a name, '' for other expressions."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else ""


class _Paths(cst.CSTVisitor):
    """Collects the nodes of names and attribute chains that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, cst.BaseExpression]] = []
        self.targets: set[int] = set()

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._skip(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._skip(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._skip(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._skip(node.name)

    def _skip(self, target: cst.CSTNode) -> None:
        if isinstance(target, cst.Name):
            self.targets.add(id(target))
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._skip(element.value)

    def visit_Arg_keyword(self, node: cst.Arg) -> None:
        if node.keyword is not None:
            self.targets.add(id(node.keyword))

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        path = dotted_path(node)
        if not path:
            node.value.visit(self)
            return False
        inner: cst.BaseExpression = node
        while isinstance(inner, cst.Attribute):
            self.found.append((dotted_path(inner), inner))
            inner = inner.value
        self.found.append((dotted_path(inner), inner))
        return False

    def visit_Name(self, node: cst.Name) -> None:
        if id(node) not in self.targets:
            self.found.append((node.value, node))


@lru_cache(maxsize=1024)
def paths_read(node: cst.CSTNode) -> tuple[tuple[str, cst.BaseExpression], ...]:
    """Every name and dotted path that a piece of code reads, with its node; ``a.b.c`` counts as a, a.b and a.b.c."""
    visitor = _Paths()
    node.visit(visitor)
    return tuple(visitor.found)


def read_names(node: cst.CSTNode) -> frozenset[str]:
    """The plain names that a piece of code reads."""
    return frozenset(path for path, _ in paths_read(node) if "." not in path)


class _Bound(cst.CSTVisitor):
    """Collects the names that statements bind, and those whose value they change."""

    def __init__(self) -> None:
        super().__init__()
        self.bound: list[str] = []
        self.changed: list[str] = []

    def _target(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.Name):
            self.bound.append(node.value)
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self._target(element.value)
        elif isinstance(node, cst.StarredElement):
            self._target(node.value)
        else:
            while isinstance(node, (cst.Subscript, cst.Attribute)):
                node = node.value
            if isinstance(node, cst.Name):
                self.changed.append(node.value)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self._target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._target(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._target(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._target(node.name)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._target(node.target)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.bound.append(node.name.value)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        self.bound.append(node.name.value)
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_Expr(self, node: cst.Expr) -> None:
        func = node.value.func if isinstance(node.value, cst.Call) else None
        if isinstance(func, cst.Attribute):
            name = func.attr.value
            if name in _CHANGING or (name.endswith("_") and not name.startswith("_")):
                self._target(cst.Attribute(func.value, func.attr))


def bound_names(node: cst.CSTNode) -> list[str]:
    """The names that a statement (with all below it) binds, in order, each once."""
    visitor = _Bound()
    node.visit(visitor)
    return list(dict.fromkeys(visitor.bound))


def changed_names(node: cst.CSTNode) -> frozenset[str]:
    """The names whose value a statement changes without binding them: ``x[i] = v``, ``values.append(v)``."""
    visitor = _Bound()
    node.visit(visitor)
    return frozenset(visitor.changed)


def bare_calls(body: Iterable[cst.CSTNode]) -> Iterator[tuple[cst.BaseSmallStatement, cst.Call]]:
    """The calls that are statements of their own, or whose value is assigned, in some statements and below them."""
    for node in body:
        if isinstance(node, cst.SimpleStatementLine):
            yield from bare_calls(node.body)
        elif isinstance(node, (cst.Expr, cst.Assign)) and isinstance(node.value, cst.Call):
            yield node, node.value
        for body in inner_bodies(node):
            yield from bare_calls(body)


def inner_bodies(node: cst.CSTNode) -> Iterator[Sequence[cst.CSTNode]]:
    """The blocks of a branch, a loop, a with or a try statement."""
    if not isinstance(node, _WITH_BLOCKS):
        return
    yield node.body.body
    for part in (getattr(node, "orelse", None), *getattr(node, "handlers", ()), getattr(node, "finalbody", None)):
        if part is not None:
            yield from inner_bodies(part)


def free_names(body: Sequence[cst.CSTNode], bound: Collection[str] = ()) -> tuple[set[str], set[str]]:
    """The names that statements may read before they bind them, and those that they bind in any case."""
    free: set[str] = set()
    certain = {*bound}
    for line in body:
        inner = list(inner_bodies(line))
        if not inner:
            free |= read_names(line) - certain
            certain |= {*bound_names(line)}
            continue
        within = {id(each) for block in inner for statement in block for _, each in paths_read(statement)}
        header = {path for path, each in paths_read(line) if "." not in path and id(each) not in within}
        free |= header - certain
        parts = [free_names(block, certain | _targets(line)) for block in inner]
        free |= {name for part, _ in parts for name in part}
        if isinstance(line, cst.With):
            certain |= parts[0][1]
        elif isinstance(line, cst.If) and _has_else(line):
            certain |= set.intersection(*(own for _, own in parts))
    return free, certain


def _targets(line: cst.CSTNode) -> frozenset[str]:
    return read_names(line.target) if isinstance(line, cst.For) else frozenset()


def _has_else(line: cst.If) -> bool:
    """Whether one branch of ``if``, ``elif`` and ``else`` runs in any case."""
    while isinstance(line.orelse, cst.If):
        line = line.orelse
    return line.orelse is not None
