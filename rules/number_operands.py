"""``ids * 1.5`` -> ``tf.cast(ids, tf.float32) * 1.5``: PyTorch and JAX give float32, others raise or take 64 bits."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import NUMBERS, Kind, is_integral
from ..s2s.lift import Bound, Refused
from ..s2s.tables import Entry
from .base import rule
from .wide_operands import cast_to

_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide, cst.Power, cst.FloorDivide, cst.Modulo)
_CAST_BETWEEN = (("torch", "tensorflow"), ("torch", "numpy"), ("jax", "numpy"))
_SHIFTS: dict[type, str] = {cst.LeftShift: "bitwise_left_shift", cst.RightShift: "bitwise_right_shift"}


@rule(cst.BinaryOperation)
def number_operands(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """Arithmetic of integer arrays that gives floats, and of masks with numbers."""
    if (ctx.source.name, ctx.target.name) not in _CAST_BETWEEN or not isinstance(node.operator, _ARITHMETIC):
        return None
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    wanted = _wanted(left, right, isinstance(node.operator, cst.Divide), ctx)
    if not wanted:
        return None
    sides = [
        cast_to(side, wanted, ctx) if kind.tag == "array" and kind.name != wanted else ctx.visit(side)
        for side, kind in ((node.left, left), (node.right, right))
    ]
    return node.with_changes(left=nodes.parenthesized(sides[0]), right=nodes.parenthesized(sides[1]))


def _wanted(left: Kind, right: Kind, divides: bool, ctx) -> str:
    """The dtype to compute in where arrays of integers or truth values have to be cast, '' elsewhere."""
    arrays = [kind for kind in (left, right) if kind.tag == "array"]
    known = all(is_integral(kind.name) and kind.name != "mask" for kind in arrays)
    if not arrays or not known or not {left.tag, right.tag} <= {"array", *NUMBERS}:
        return ""
    wanted = ctx.infer.operated(left, right, divides).name
    if wanted == "float32":
        return wanted
    masks = ctx.target.settings.get("strict_dtypes") and wanted.startswith("int") and len(arrays) == 1
    return wanted if masks and arrays[0].name == "bool" else ""


@rule(cst.BinaryOperation)
def shifted(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """``x << n`` where the target's arrays have no such operator."""
    op = _SHIFTS.get(type(node.operator))
    if op is None or ctx.target.settings.get("array_shifts", True):
        return None
    if "array" not in (ctx.kind(node.left).tag, ctx.kind(node.right).tag):
        return None
    made = ctx.writer.spell(Bound(Entry("", op=op), {"x1": node.left, "x2": node.right}))
    if isinstance(made, Refused):
        return ctx.refuse(node, ctx.array_api(op), made.reason)
    ctx.count("exact")
    return made.node
