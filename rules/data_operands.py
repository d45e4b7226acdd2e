"""``preds == labels.data`` -> ``preds == labels``: what stands beside an array is the array itself."""

from __future__ import annotations

import libcst as cst

from .base import rule


@rule(cst.Comparison)
def compared_data(node: cst.Comparison, ctx) -> None:
    """``.data`` of a value of unknown kind that is compared with an array."""
    if len(node.comparisons) == 1:
        _as_arrays(node.left, node.comparisons[0].comparator, ctx)


@rule(cst.BinaryOperation)
def combined_data(node: cst.BinaryOperation, ctx) -> None:
    """The same in arithmetic."""
    _as_arrays(node.left, node.right, ctx)


def _as_arrays(left: cst.BaseExpression, right: cst.BaseExpression, ctx) -> None:
    if ctx.source.name != "torch":
        return
    for side, other in ((left, right), (right, left)):
        if isinstance(side, cst.Attribute) and side.attr.value == "data" and ctx.kind(other).tag == "array":
            held = ctx.kind(side.value)
            if held.tag == "unknown" and ctx.kind(side).tag == "unknown" and id(side) not in ctx.substitutes:
                ctx.substitutes[id(side)] = ctx.visit(side.value)
                ctx.count("exact")
