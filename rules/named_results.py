"""``torch.linalg.qr(x).R`` -> ``tf.linalg.qr(x)[1]``: parts of results that are plain tuples in the target."""

from __future__ import annotations

import libcst as cst

from .base import rule

# What helpers return has these names in every target.
_RANKED = "values,indices"


@rule(cst.Attribute)
def named_part(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """A part of what an op of linear algebra returns, by its place."""
    kind = ctx.kind(node.value)
    if kind.tag != "tuple" or kind.name in ("", _RANKED) or ctx.target.name == "torch":
        return None
    names = kind.name.split(",")
    if node.attr.value not in names:
        return None
    place = cst.Index(cst.Integer(str(names.index(node.attr.value))))
    return cst.Subscript(ctx.visit(node.value), [cst.SubscriptElement(place)])
