"""Parentheses that a rewritten operand needs in its place."""

from __future__ import annotations

import libcst as cst

from . import nodes


def fitting(parent: cst.CSTNode, field_name: str, new: cst.CSTNode) -> cst.CSTNode:
    """Add the parentheses that an operand needs in its new place."""
    if not isinstance(new, cst.BaseExpression):
        return new
    if isinstance(parent, (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.ComparisonTarget)):
        if field_name == "left" and _same_chain(parent, new):
            return new
        return nodes.parenthesized(new) if _binds_looser(parent, new) else new
    if isinstance(parent, cst.BooleanOperation):
        return (
            nodes.parenthesized(new)
            if isinstance(new, (cst.IfExp, cst.Lambda, cst.NamedExpr, cst.BooleanOperation))
            else new
        )
    if isinstance(parent, (cst.Attribute, cst.Subscript)) and field_name == "value":
        return nodes.parenthesized(new)
    if isinstance(parent, cst.Call) and field_name == "func":
        return nodes.parenthesized(new)
    return new


_PRECEDENCE: dict[type, int] = {
    cst.BitOr: 1, cst.BitXor: 2, cst.BitAnd: 3, cst.LeftShift: 4, cst.RightShift: 4,
    cst.Add: 5, cst.Subtract: 5, cst.Multiply: 6, cst.Divide: 6, cst.FloorDivide: 6, cst.Modulo: 6,
    cst.MatrixMultiply: 6, cst.Power: 8,
}  # fmt: skip


def _precedence(node: cst.CSTNode) -> int:
    if isinstance(node, cst.BinaryOperation):
        return _PRECEDENCE[type(node.operator)]
    if isinstance(node, cst.UnaryOperation):
        return -2 if isinstance(node.operator, cst.Not) else 7
    if isinstance(node, (cst.Comparison, cst.ComparisonTarget)):
        return 0
    if isinstance(node, (cst.BooleanOperation, cst.IfExp, cst.Lambda, cst.NamedExpr, cst.Yield)):
        return -3
    return 99


def _same_chain(parent: cst.CSTNode, left: cst.BaseExpression) -> bool:
    """Whether ``left`` goes on as in ``a + b - c``, which is read from the left."""
    both = isinstance(parent, cst.BinaryOperation) and isinstance(left, cst.BinaryOperation)
    return both and not isinstance(parent.operator, cst.Power) and _precedence(left) == _precedence(parent)


def _binds_looser(parent: cst.CSTNode, child: cst.BaseExpression) -> bool:
    return not child.lpar and _precedence(child) <= _precedence(parent)


def keep_parens(old: cst.BaseExpression, new: cst.BaseExpression) -> cst.BaseExpression:
    if old.lpar and not new.lpar:
        return new.with_changes(lpar=old.lpar, rpar=old.rpar)
    return new
