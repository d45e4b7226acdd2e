"""``z.imag = 0``, ``x.flat = 0``: attributes of arrays that are assigned in NumPy, and are read alone elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .base import rule

_PARTS = ("imag", "real")
_ASSIGNED = (*_PARTS, "dtype", "flat", "shape", "strides")


@rule(cst.Assign)
def assigned_part(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``z.imag = 0`` changes the array in place."""
    found = next((t.target for t in node.targets if _is_of_array(t.target, ctx)), None)
    return None if found is None else _refused(node, found, ctx)


@rule(cst.AugAssign)
def changed_part(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``z.real += 1`` changes the array in place."""
    return _refused(node, node.target, ctx) if _is_of_array(node.target, ctx) else None


def _refused(node: cst.Assign | cst.AugAssign, target, ctx) -> Sequence[cst.BaseSmallStatement]:
    reason = "an attribute of an array is assigned, which changes the array in place"
    return ctx.refuse_statement(node.value, ctx.array_api(target.attr.value), reason)


def _is_of_array(target: cst.BaseExpression, ctx) -> bool:
    """Whether a place is an attribute of an array that the target's arrays let nobody assign."""
    if ctx.source.name != "numpy" or not isinstance(target, cst.Attribute) or target.attr.value not in _ASSIGNED:
        return False
    if target.attr.value in _PARTS and ctx.target.name == "torch":
        return False
    kind = ctx.kind(target.value).tag
    parts = target.attr.value in (*_PARTS, "flat") and isinstance(target.value, cst.Name)
    return kind == "array" or kind == "unknown" and parts and ctx.target.name in ("tensorflow", "torch")
