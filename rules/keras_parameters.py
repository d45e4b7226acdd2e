"""``model.trainable_variables`` -> ``list(model.parameters())`` where models of Keras are modules of PyTorch."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.keras_graphs import SEQUENCES
from .base import rule

# In a project where such models have nothing that is not trained, these are all the same.
_MODULES = frozenset(("@keras.Layer", "@keras.Model between symbols"))
_WEIGHTS = frozenset(("trainable_variables", "trainable_weights", "variables", "weights"))


@rule(cst.Attribute)
def module_weights(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """The weights of a module as a list."""
    found = _parameters(node, ctx)
    return None if found is None else nodes.call(cst.Name("list"), found)


@rule(cst.Call)
def zipped_weights(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``zip(grads, model.trainable_variables)`` -> ``zip(grads, model.parameters())``."""
    if ctx.name_of(node.func) != "builtins.zip":
        return None
    found = {id(arg): _parameters(arg.value, ctx) for arg in node.args}
    if not any(found.values()):
        return None
    args = [arg.with_changes(value=found[id(arg)] or ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(args=args)


def _parameters(node: cst.BaseExpression, ctx) -> cst.Call | None:
    """``model.parameters()`` for an attribute that has the weights of a model."""
    in_sequences = ctx.project.keras == SEQUENCES
    modules = ctx.project.own_layers if in_sequences else ctx.project.own_layers & _MODULES
    if not modules or not isinstance(node, cst.Attribute):
        return None
    kind, name = ctx.kind(node.value), node.attr.value
    if in_sequences and not name.startswith("trainable"):
        return None
    likely = kind.tag == "unknown" and name.startswith("trainable")
    if name not in _WEIGHTS or not (likely or ctx.infer.is_layer(kind)):
        return None
    ctx.count("exact")
    return nodes.call(cst.Attribute(ctx.visit(node.value), cst.Name("parameters")))
