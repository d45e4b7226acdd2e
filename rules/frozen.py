"""``p.requires_grad = False`` -> ``set_requires_grad(p, False)``: which parameters are trained is kept with them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Assign)
def frozen_parameter(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Freezing a parameter, or training it again."""
    target = node.targets[0].target
    if ctx.target.name in ("torch", "ivy") or ctx.source.name != "torch" or len(node.targets) != 1:
        return None
    if not isinstance(target, cst.Attribute) or target.attr.value != "requires_grad":
        return None
    if ctx.kind(target.value).tag not in ("array", "unknown"):
        return None
    if "@set_requires_grad" in ctx.target.entries:
        ctx.count("approximate")
        ctx.note(node, "S2S200", ctx.array_api("requires_grad"), "arrays carry no such flag, and nothing is trained")
        return []
    ctx.count("exact")
    return [cst.Expr(nodes.call(ctx.helper("set_requires_grad"), ctx.visit(target.value), ctx.visit(node.value)))]
