"""Variables as conditions: what is asked is the value, where a variable itself counts as its length or not at all."""

from __future__ import annotations

import libcst as cst

from . import nodes


def mark_tested(node: cst.BaseExpression, ctx) -> None:
    """Have a parameter or buffer that is tested read: flax takes its length, and Keras raises."""
    if ctx.source.name != "torch" or not isinstance(node, (cst.Name, cst.Attribute)) or id(node) in ctx.substitutes:
        return
    if ctx.target.name not in ("jax", "tensorflow") or ctx.kind(node).name != "variable":
        return
    variable = ctx.visit(node)
    if ctx.target.name == "jax":
        ctx.substitutes[id(node)] = nodes.whole(variable)
    else:
        ctx.substitutes[id(node)] = nodes.call(ctx.native("tensorflow.convert_to_tensor"), variable)
