"""``counts / 2`` -> ``counts.double() / 2``: NumPy computes in float64 with integers, others in fewer bits."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import kinds as k
from ..s2s import nodes
from ..s2s.kinds import Kind
from ..s2s.widening import of_one_dtype
from .base import rule

_DATA = ("numpy.asarray", "numpy.array", "numpy.asanyarray")
_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.Power, cst.FloorDivide, cst.Modulo)


def _applies(ctx) -> bool:
    target = ctx.target.settings
    return bool(
        ctx.source.settings.get("wide_floats")
        and target.get("array_operands")
        and not target.get("takes_numbers")
    )


@rule(cst.BinaryOperation)
def listed_operand(node: cst.BinaryOperation, ctx) -> None:
    """``x @ [1, 0]`` and ``place + moves[a]``: lists and tuples of numbers beside arrays become arrays.

    Products are left: a list is repeated as often as an element of an array says.
    """
    takes_lists = ctx.target.name not in ("torch", "jax")
    if not ctx.source.settings.get("wide_floats") or takes_lists:
        return
    if not isinstance(node.operator, (*_ARITHMETIC, cst.MatrixMultiply)) or isinstance(node.operator, cst.Multiply):
        return
    for side, other in ((node.left, node.right), (node.right, node.left)):
        kind = ctx.kind(side)
        listed = kind.tag in ("list", "tuple") and k.content(kind).tag in k.NUMBERS
        if listed and ctx.kind(other).tag == "array" and id(side) not in ctx.substitutes:
            made = ctx.writer.as_array(side)
            if made is not None:
                ctx.substitutes[id(side)] = made


@rule(cst.BinaryOperation)
def wide_operands(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """Arithmetic of integer or truth arrays that gives float64, or that the target does not know."""
    if not _applies(ctx) or not isinstance(node.operator, (*_ARITHMETIC, cst.MatrixMultiply)):
        return None
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    if isinstance(node.operator, cst.MatrixMultiply):
        return of_one_dtype("matmul", [node.left, node.right], ctx)
    made = _of_unknown_data(node, left, right, ctx)
    if made is not None:
        return made
    dtype = _wanted(node, left, right, ctx)
    if not dtype:
        return None
    sides = [cast_to(side, dtype, ctx) if _differs(kind, dtype, ctx) else ctx.visit(side)
             for side, kind in ((node.left, left), (node.right, right))]  # fmt: skip
    return node.with_changes(left=nodes.parenthesized(sides[0]), right=nodes.parenthesized(sides[1]))


def _of_unknown_data(node: cst.BinaryOperation, left: Kind, right: Kind, ctx) -> cst.BaseExpression | None:
    """``np.asarray(f) / 700.0`` -> ``as_float(f) / 700.0``: the data may be integers."""
    for side, other in (("left", right), ("right", left)):
        value = getattr(node, side)
        kind = left if side == "left" else right
        if (
            kind.name
            or not (isinstance(node.operator, cst.Divide) or other.tag == "float")
            or other.tag == "array"
        ):
            continue
        if not isinstance(value, cst.Call) or len(value.args) != 1 or ctx.name_of(value.func) not in _DATA:
            continue
        if value.args[0].keyword is None and not value.args[0].star:
            made = nodes.call(ctx.helper("as_float"), ctx.visit(value.args[0].value))
            ctx.count("exact")
            rest = "right" if side == "left" else "left"
            return node.with_changes(**{side: made, rest: ctx.visit(getattr(node, rest))})
    return None


def _wanted(node: cst.BinaryOperation, left: Kind, right: Kind, ctx) -> str:
    """The dtype to compute in, '' to leave the operands alone."""
    arrays = [kind for kind in (left, right) if kind.tag == "array"]
    if any(map(k.may_be_whole, arrays)) and (isinstance(node.operator, cst.Divide) or "float" in (left.tag, right.tag)):
        return "float64"
    if not any(k.is_integral(kind.name) and kind.name != "mask" for kind in arrays):
        return ""
    if isinstance(node.operator, cst.Divide) and "unknown" in (left.tag, right.tag):
        return "float64" if arrays[0].name in ("int32", "int64") else ""
    result = ctx.infer.operated(left, right, isinstance(node.operator, cst.Divide)).name
    if result == "float64":
        return result
    masks = any(kind.name == "bool" for kind in arrays)
    if masks and (isinstance(node.operator, cst.Subtract) or ctx.target.settings.get("strict_dtypes")):
        return result if result in ("int64", "float32") else ""
    return ""


def _differs(kind: Kind, dtype: str, ctx) -> bool:
    """Whether an operand must be cast: all integers where dtypes are strict, else those that decide."""
    return k.may_be_whole(kind) or kind.tag == "array" and k.is_integral(kind.name) and kind.name != dtype


def cast_to(node: cst.BaseExpression, dtype: str, ctx) -> cst.BaseExpression:
    """An operand in another dtype; as it is where the target has no such cast."""
    made = ctx.writer.of_op(f"to_{dtype}", x=node)
    return ctx.visit(node) if made is None else made


@rule(cst.AugAssign)
def wide_assignment(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x -= mask`` where a mask cannot be subtracted."""
    if not _applies(ctx) or not isinstance(node.operator, cst.SubtractAssign):
        return None
    value = ctx.kind(node.value)
    if value.tag != "array" or value.name != "bool" or not isinstance(node.target, cst.Name):
        return None
    if ctx.target.settings.get("strict_dtypes"):
        return None
    return [node.with_changes(value=cast_to(node.value, "int64", ctx))]
