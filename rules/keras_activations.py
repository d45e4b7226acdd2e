"""``layer.activation = None`` -> ``layer.activation = activation_function(None)``: layers call what they have there."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Assign)
def no_activation(node: cst.Assign, ctx) -> cst.Assign | None:
    """An activation that is taken away from a layer of Keras, not from the object of a class of the project."""
    target = node.targets[0].target
    if ctx.source.name != "tensorflow" or len(node.targets) != 1 or not isinstance(target, cst.Attribute):
        return None
    own = isinstance(target.value, cst.Name) and target.value.value == "self"
    if own or target.attr.value != "activation" or ctx.kind(node.value).tag != "none":
        return None
    if "keras.activation_function" not in ctx.target.templates:
        return None
    ctx.count("exact")
    none = nodes.call(ctx.helper("keras.activation_function"), cst.Name("None"))
    place = node.targets[0].with_changes(target=target.with_changes(value=ctx.visit(target.value)))
    return node.with_changes(targets=[place], value=none)
