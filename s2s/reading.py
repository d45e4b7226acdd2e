"""In which order a function's statements read names, to see whether a shared array is used later."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from .walk import explore


@dataclass(slots=True)
class ReadingOrder:
    """Names read by each small statement or header, in source order, and the ranges of loops."""

    reads: list[frozenset[str]] = field(default_factory=list)
    index: dict[int, int] = field(default_factory=dict)
    loops: list[tuple[int, int]] = field(default_factory=list)


class _Names(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_AssignTarget(self, node: cst.AssignTarget) -> bool:
        self._places(node.target)
        return False

    def _places(self, target: cst.CSTNode) -> None:
        """Names that are bound are not read; what is indexed or has an attribute set is."""
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._places(element.value)
        elif not isinstance(target, cst.Name):
            explore(target, self)

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        explore(node.value, self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        explore(node.value, self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.found.add(node.value)

    def visit_Param(self, node: cst.Param) -> None:
        self.found.add(node.name.value)


def names_read(node: cst.CSTNode) -> frozenset[str]:
    """All names that a piece of code reads."""
    visitor = _Names()
    explore(node, visitor)
    return frozenset(visitor.found)


def reading_order(suite: cst.CSTNode | None) -> ReadingOrder:
    """The reading order of a function body."""
    order = ReadingOrder()
    if suite is not None:
        _walk(suite, order)
    return order


def _add(node: cst.CSTNode, order: ReadingOrder) -> None:
    order.index[id(node)] = len(order.reads)
    order.reads.append(names_read(node))


def _walk(suite: cst.CSTNode, order: ReadingOrder) -> None:
    for node in getattr(suite, "body", ()):
        if isinstance(node, cst.SimpleStatementLine):
            for small in node.body:
                _add(small, order)
        elif isinstance(node, cst.BaseSmallStatement):
            _add(node, order)
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            _add(node, order)
        else:
            _compound(node, order)


def _compound(node: cst.CSTNode, order: ReadingOrder) -> None:
    begin = len(order.reads)
    for name in ("test", "iter"):
        part = getattr(node, name, None)
        if part is not None:
            _add(part, order)
    for item in getattr(node, "items", ()):
        _add(item, order)
    _walk(node.body, order)
    if isinstance(node, (cst.For, cst.While)):
        order.loops.append((begin, len(order.reads)))
    for handler in getattr(node, "handlers", ()):
        _walk(handler.body, order)
    orelse = getattr(node, "orelse", None)
    if isinstance(orelse, cst.If):
        _compound(orelse, order)
    elif orelse is not None:
        _walk(orelse.body, order)
    final = getattr(node, "finalbody", None)
    if final is not None:
        _walk(final.body, order)


class _Returns(cst.CSTVisitor):
    """Looks for a return (or yield) of a value, of one that reads ``name`` when it is given."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.name = name
        self.found = False

    def visit_Return(self, node: cst.Return) -> None:
        if node.value is not None and (not self.name or self.name in names_read(node.value)):
            self.found = True

    def visit_Yield(self, node: cst.Yield) -> None:
        self.found = self.found or not self.name

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False


def returns_name(suite: cst.CSTNode, name: str) -> bool:
    """Whether some return statement of a body reads ``name``."""
    visitor = _Returns(name)
    explore(suite, visitor)
    return visitor.found


def returns_value(suite: cst.CSTNode) -> bool:
    """Whether a body gives a value back."""
    visitor = _Returns()
    explore(suite, visitor)
    return visitor.found
