"""``self.outer = Dense(8)`` -> ``self.outer = Linear(hidden, 8)`` where the code says how long its inputs are."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.keras_sizes import is_sized
from .base import rule


@rule(cst.Assign)
def sized_layer(node: cst.Assign, ctx) -> cst.Assign | None:
    """A layer that is an attribute, whose inputs come from another layer of the class."""
    target = node.targets[0].target
    of_self = isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name) and target.value.value == "self"
    if not of_self or len(node.targets) != 1 or not isinstance(node.value, cst.Call) or ctx.scope is None:
        return None
    size = ctx.project.sized.get((ctx.scope.cls, target.attr.value), "")
    made = sized(node.value, ctx.visit(nodes.expression(size)), ctx) if size else None
    return None if made is None else node.with_changes(value=made)


def sized(node: cst.Call, size: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The constructor of the target's own layer with the size of its inputs; None for layers that take none."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    own = ctx.own_layer(entry.op) if entry is not None else None
    if own is None or not is_sized(own):
        return None
    return ctx.spell_own_layer(own, entry, node, size)
