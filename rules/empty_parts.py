"""``torch.cat([found, x])`` of a ``found`` that starts as ``torch.tensor([])``: what has no elements is left out."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Call)
def joined_parts(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Only PyTorch joins an array of the shape (0,) with arrays of more axes."""
    if ctx.source.name != "torch" or "join_parts" not in ctx.target.templates or not 1 <= len(node.args) <= 2:
        return None
    entry = ctx.source.find(ctx.name_of(node.func)) if ctx.name_of(node.func) else None
    parts = node.args[0].value
    if entry is None or entry.op != "concat" or not isinstance(parts, (cst.List, cst.Tuple)):
        return None
    if not any(nodes.code(part.value) in ctx.module.empties for part in parts.elements):
        return None
    if node.args[0].keyword is not None or (len(node.args) > 1 and not _is_axis(node.args[1])):
        return None
    ctx.count("exact")
    axis = {"axis": ctx.visit(node.args[1].value)} if len(node.args) > 1 else {}
    return nodes.call(ctx.helper("join_parts"), ctx.visit(parts), **axis)


def _is_axis(arg: cst.Arg) -> bool:
    return not arg.star and (arg.keyword is None or arg.keyword.value in ("dim", "axis"))
