"""``class Mlp(nn.Module)`` of flax.linen -> the target's own module class where its layers need no other."""

from __future__ import annotations

import libcst as cst

from ..s2s.hoisting.dialects import LINEN
from ..s2s.hoisting.linen_classes import MODULE
from ..s2s.walk import below

# What the base class among the helpers has.
_HELPED = frozenset(("param", "variable"))


def native_base(base: cst.BaseExpression, node: cst.ClassDef, ctx) -> cst.BaseExpression | None:
    """The target's module class for a class that only calls its layers; None for others."""
    if ctx.project.linen != "native" or ctx.name_of(base) != MODULE or ctx.target.name != "torch":
        return None
    placed = {id(value) for part in below(node) for value in _values(part)}
    for part in below(node):
        if isinstance(part, cst.Attribute) and part.attr.value in _HELPED:
            return None
        if isinstance(part, cst.Call) and id(part) not in placed:
            if LINEN.is_layer_class(ctx.name_of(part.func), ctx.infer):
                return None
    ctx.count("exact")
    return ctx.native("torch.nn.Module")


def _values(node: cst.CSTNode):
    """The values of attributes that a statement sets."""
    if isinstance(node, cst.Assign) and isinstance(node.targets[0].target, cst.Attribute):
        yield node.value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "setattr":
        yield node.args[-1].value
