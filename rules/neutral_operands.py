"""``ids * weights`` -> ``ivy.multiply(ids, weights)``: the operators of some backends promote no dtypes, its ops do."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import Kind, is_integral
from .base import rule
from .indexing import only_changed
from .inplace import view_hazard
from .mixed_dtypes import _may_differ, _unknown_product, _unlike
from .view_writes import is_slice

_OPS: dict[type, str] = {
    cst.Add: "add", cst.Subtract: "subtract", cst.Multiply: "multiply", cst.Divide: "divide",
    cst.FloorDivide: "floor_divide", cst.Modulo: "remainder", cst.Power: "pow",
}  # fmt: skip
_COMPARED: dict[type, str] = {
    cst.Equal: "equal", cst.NotEqual: "not_equal", cst.LessThan: "less", cst.LessThanEqual: "less_equal",
    cst.GreaterThan: "greater", cst.GreaterThanEqual: "greater_equal",
}  # fmt: skip
_ASSIGNED: dict[type, type] = {
    cst.AddAssign: cst.Add, cst.SubtractAssign: cst.Subtract, cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
}  # fmt: skip


@rule(cst.BinaryOperation)
def neutral_operation(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """Arithmetic on arrays whose dtypes may differ."""
    op = _OPS.get(type(node.operator))
    if ctx.target.name != "ivy" or op is None:
        return None
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    may_differ = _may_differ(node.left, node.right, node.operator, ctx) or _differ(left, right)
    if not may_differ and not _unknown_product(node, left, right, ctx):
        return None
    new = ctx.descend(node)
    return nodes.call(ctx.native(f"ivy.{op}"), new.left, new.right)


@rule(cst.Comparison)
def neutral_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """One comparison of arrays whose dtypes may differ."""
    if ctx.target.name != "ivy" or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    op = _COMPARED.get(type(other.operator))
    if op is None:
        return None
    left, right = ctx.kind(node.left), ctx.kind(other.comparator)
    if not _may_differ(node.left, other.comparator, other.operator, ctx) and not _differ(left, right):
        return None
    return nodes.call(ctx.native(f"ivy.{op}"), ctx.visit(node.left), ctx.visit(other.comparator))


@rule(cst.AugAssign)
def neutral_assignment(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x *= mask`` of a name."""
    operator = _ASSIGNED.get(type(node.operator))
    if ctx.target.name != "ivy" or operator is None or not isinstance(node.target, cst.Name):
        return None
    target, value = ctx.kind(node.target), ctx.kind(node.value)
    if not _may_differ(node.target, node.value, operator(), ctx) and not _differ(target, value):
        return None
    if ctx.source.settings.get("mutable_arrays") and _seen_elsewhere(node.target, ctx):
        return None
    name = cst.Name(node.target.value)
    changed = nodes.call(ctx.native(f"ivy.{_OPS[operator]}"), name, ctx.visit(node.value))
    return [cst.Assign([cst.AssignTarget(name)], changed)]


def _seen_elsewhere(target: cst.Name, ctx) -> bool:
    """Whether a change in place of an array is meant for more than this name."""
    return is_slice(target, ctx) or bool(view_hazard(target, ctx)) or only_changed(target.value, ctx)


def _differ(left: Kind, right: Kind) -> bool:
    """Whether dtypes are known to differ, or one is no float and the other is not known; or so of a number."""
    if _unlike(left, right) or _unlike(right, left):
        return True
    if left.tag != "array" or right.tag != "array" or left.name == right.name:
        return False
    return bool(left.name and right.name) or is_integral(left.name or right.name)
