"""``self.embed.embedding`` -> ``self.embed.weight`` where the layer is the target's own."""

from __future__ import annotations

import libcst as cst

from ..s2s.own_layers import Difference, layer_of
from .base import rule


@rule(cst.Attribute)
def own_array(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """An array of a layer under the name that the target's own layer has for it."""
    inner = node.value
    if not ctx.project.own_layers or not isinstance(inner, cst.Attribute) or ctx.kind(node).name != "variable":
        return None
    owner = ctx.kind(inner.value)
    op = layer_of(owner.name, inner.attr.value, ctx.project, ctx.source) if owner.tag == "instance" else ""
    own = ctx.own_layer(op)
    if own is None:
        return None
    name = Difference(op, own, ctx.hub[op], ctx.target).renamed.get(node.attr.value)
    return None if name is None else node.with_changes(value=ctx.visit(inner), attr=cst.Name(name))
