"""``scores.masked_fill(mask == 0, v)``: a mask or numbers, of which TensorFlow compares only numbers with 0."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Call)
def masked_by_comparison(node: cst.Call, ctx) -> None:
    """Where the dtype of what is compared with 0 is not known, what is not 0 counts as true in every dtype."""
    func = node.func
    if ctx.target.name != "tensorflow" or ctx.source.name != "torch" or not isinstance(func, cst.Attribute):
        return
    if func.attr.value not in ("masked_fill", "masked_fill_"):
        return
    for arg in node.args:
        value = _is_zero(arg.value, ctx) if isinstance(arg.value, cst.Comparison) else None
        if value is not None:
            ctx.substitutes[id(arg.value)] = value


def _is_zero(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``tf.logical_not(tf.cast(mask, tf.bool))`` for ``mask == 0``."""
    kind = ctx.kind(node.left)
    if len(node.comparisons) != 1 or kind.tag not in ("array", "unknown") or kind.name:
        return None
    operator, other = node.comparisons[0].operator, node.comparisons[0].comparator
    if not isinstance(other, cst.Integer) or other.value != "0" or not isinstance(operator, (cst.Equal, cst.NotEqual)):
        return None
    mask = nodes.call(ctx.native("tensorflow.cast"), ctx.visit(node.left), ctx.native("tensorflow.bool"))
    return mask if isinstance(operator, cst.NotEqual) else nodes.call(ctx.native("tensorflow.logical_not"), mask)
