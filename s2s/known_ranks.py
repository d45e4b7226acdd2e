"""How many axes arrays have by what a function says of them: ``height, width = image.shape``."""

from __future__ import annotations

from collections import Counter

import libcst as cst

from .kinds import Kind
from .walk import explore


def known_ranks(body: cst.CSTNode) -> dict[str, int]:
    """Names whose shape a body unpacks, and which it binds once at most -> the number of axes."""
    visitor = _Shapes()
    explore(body, visitor)
    return {name: rank for name, rank in visitor.ranks.items() if visitor.bound[name] <= 1}


def is_element(node: cst.BaseExpression, ranks: dict[str, int], kind) -> bool:
    """Whether an expression is one element of an array by as many integers as it has axes."""
    if not isinstance(node, cst.Subscript) or not isinstance(node.value, cst.Name):
        return False
    indices = [element.slice for element in node.slice]
    if ranks.get(node.value.value) != len(indices):
        return False
    found: list[Kind] = [kind(index.value) for index in indices if isinstance(index, cst.Index) and not index.star]
    return len(found) == len(indices) and all(each.tag == "int" for each in found)


class _Shapes(cst.CSTVisitor):
    """The shapes that are unpacked, and how often each name is bound."""

    def __init__(self) -> None:
        self.ranks: dict[str, int] = {}
        self.bound: Counter[str] = Counter()

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802
        value, target = node.value, node.targets[0].target
        of_name = isinstance(value, cst.Attribute) and isinstance(value.value, cst.Name) and value.attr.value == "shape"
        if of_name and isinstance(target, cst.Tuple) and all(isinstance(e, cst.Element) for e in target.elements):
            self.ranks[value.value.value] = len(target.elements)  # type: ignore[attr-defined]

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802
        self._bind(node.target)

    def visit_For(self, node: cst.For) -> None:  # noqa: N802
        self._bind(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:  # noqa: N802
        self._bind(node.target)

    def _bind(self, target: cst.BaseExpression) -> None:
        if isinstance(target, cst.Name):
            self.bound[target.value] += 1
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._bind(element.value)
