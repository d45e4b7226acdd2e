"""``keras.Sequential([Dense(8, activation="relu"), ...])`` -> ``nn.Sequential(LazyLinear(8), nn.ReLU(), ...)``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s import nodes
from ..s2s.hoisting.tree import below
from ..s2s.keras_sequences import ACTIVATION, SEQUENCE, activation_forms
from .base import rule
from .keras_sized import sized

# What gives the same wherever it is written.
_PLAIN = (cst.Attribute, cst.BinaryOperation, cst.Integer, cst.Name)


@rule(cst.Call)
def sequence_of_layers(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A sequence as PyTorch's, with the activations of dense layers as layers."""
    if ctx.own_layer(SEQUENCE) is None or _op(node, ctx) != SEQUENCE:
        return None
    listed = next(arg.value for arg in node.args if arg.keyword is None or arg.keyword.value != "name")
    layers: list[cst.BaseExpression] = []
    size: cst.BaseExpression | None = None
    for element in cst.ensure_type(listed, cst.List).elements:
        made = cst.ensure_type(element.value, cst.Call)
        layers += _layers(made, size, ctx)
        size = _size(made, size, ctx)
    args = nodes.spaced([nodes.positional(layer) for layer in layers])
    ctx.count("exact")
    return node.with_changes(func=ctx.native("torch.nn.Sequential"), args=args)


def _layers(call: cst.Call, size: cst.BaseExpression | None, ctx) -> Iterator[cst.BaseExpression]:
    """A layer for inputs of a size, and one for its activation."""
    given = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "activation"]
    activation = given[0].value if given and _op(call, ctx) != ACTIVATION else None
    if activation is not None:
        args = [arg for arg in call.args if arg is not given[0]]
        call = call.with_changes(args=[*args[:-1], args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)])
    made = sized(call, ctx.visit(size), ctx) if size is not None else None
    yield made if made is not None else ctx.visit(call)
    forms = activation_forms(ctx.target)
    if isinstance(activation, cst.SimpleString) and activation.evaluated_value in forms:
        form = forms[str(activation.evaluated_value)]
        yield nodes.call(ctx.native(form.call), **{key: nodes.expression(value) for key, value in form.add.items()})


def _size(call: cst.Call, before: cst.BaseExpression | None, ctx) -> cst.BaseExpression | None:
    """The size of the last axis after a layer, where it may be written again."""
    own = ctx.own_layer(_op(call, ctx))
    if own is None or not own.size:
        return None if own is None or own.size is None else before
    name = own.size
    position = next(place for place, param in enumerate(ctx.hub[own.op].params) if param.name == name)
    by_name = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == name]
    places = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
    found = by_name or places[position : position + 1]
    return found[0] if found and all(isinstance(part, _PLAIN) for part in below(found[0])) else None


def _op(node: cst.Call, ctx) -> str:
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    return entry.op if entry is not None else ""
