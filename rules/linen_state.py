"""flax.linen state whose first value is a call of a framework function: the call itself, in a lambda."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Call)
def first_value(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``self.variable("cache", "k", jnp.zeros, shape, dtype)`` -> ``self.variable("cache", "k", lambda: zeros(...))``.

    Functions of the target take other arguments than those of the source.
    """
    func = node.func
    if ctx.source.name != "jax" or not isinstance(func, cst.Attribute) or func.attr.value != "variable":
        return None
    if len(node.args) < 4 or any(a.keyword is not None or a.star for a in node.args[:3]):
        return None
    name = ctx.name_of(node.args[2].value)
    if not name or not ctx.foreign(name) or not ctx.infer.is_layer(ctx.kind(func.value)):
        return None
    last = node.args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    called = ctx.visit(cst.Call(node.args[2].value, nodes.spaced([*node.args[3:-1], last])))
    made = cst.Lambda(cst.Parameters(), called)
    kept = [a.with_changes(value=ctx.visit(a.value)) for a in node.args[:2]]
    changed = func.with_changes(value=ctx.visit(func.value))
    return node.with_changes(func=changed, args=nodes.spaced([*kept, nodes.positional(made)]))
