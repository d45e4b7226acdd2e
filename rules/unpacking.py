"""``q, k, v = qkv`` and ``[f(row) for row in x]``: tensors of a compiled TensorFlow function cannot be iterated."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s.lift import Bound, Refused
from ..s2s.tables import Entry
from .base import rule


@rule(cst.Assign)
def unpacked(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Unstack an array that is assigned to several names."""
    targets = [t.target for t in node.targets]
    if not all(isinstance(t, (cst.Tuple, cst.List)) for t in targets):
        return None
    value = _unstacked(node.value, ctx)
    if value is None:
        return None
    return [node.with_changes(targets=[ctx.visit(t) for t in node.targets], value=value)]


@rule(cst.CompFor)
def iterated(node: cst.CompFor, ctx) -> cst.CompFor | None:
    """Unstack an array that a comprehension runs over."""
    value = _unstacked(node.iter, ctx)
    if value is None:
        return None
    ctx.substitutes[id(node.iter)] = value
    new = ctx.descend(node)
    del ctx.substitutes[id(node.iter)]
    return new


def _is_op(value: cst.BaseExpression, ctx) -> bool:
    """Whether a value is an op's, which is an array for certain: modules of the project may return several."""
    if isinstance(value, cst.Subscript):
        return _is_op(value.value, ctx)
    if not isinstance(value, cst.Call):
        return isinstance(value, cst.BinaryOperation)
    entry = ctx.source.find(ctx.name_of(value.func))
    if entry is not None:
        return bool(entry.op)
    func = value.func
    if not isinstance(func, cst.Attribute) or func.attr.value not in ctx.source.methods:
        return False
    return ctx.kind(func.value).tag == "array"


def _unstacked(value: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    if not ctx.target.settings.get("unstacks_to_iterate") or ctx.kind(value).tag != "array" or not _is_op(value, ctx):
        return None
    spelled = ctx.writer.spell(Bound(Entry("", op="unstack"), {"x": value}))
    return None if isinstance(spelled, Refused) else spelled.node
