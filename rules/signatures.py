"""``inspect.signature(f)`` -> ``signature(f)``: the metaclass of flax.nnx hides the constructor of a class."""

from __future__ import annotations

import libcst as cst

from .base import rule


@rule(cst.Call)
def signature_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Signatures that are asked for of what may be a class of modules."""
    if ctx.target.name != "jax" or ctx.name_of(node.func) != "inspect.signature" or len(node.args) != 1:
        return None
    value = node.args[0].value
    if ctx.source.name != "torch" or isinstance(value, cst.Attribute) and value.attr.value.startswith("__"):
        return None
    ctx.count("exact")
    return node.with_changes(func=ctx.helper("signature"), args=[node.args[0].with_changes(value=ctx.visit(value))])
