"""Calls whose arguments have names of the user's own: all of them are kept."""

from __future__ import annotations

import libcst as cst

from .base import rule

_OPS = ("keras.Checkpoint", "nnx.MultiMetric")


@rule(cst.Call)
def objects_by_name(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.MultiMetric(loss=...)``, ``tf.train.Checkpoint(model=...)``."""
    entry = ctx.source.find(ctx.name_of(node.func))
    if entry is None or entry.op not in _OPS or entry.op not in ctx.target.templates:
        return None
    ctx.count("exact")
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=ctx.helper(entry.op), args=args)
