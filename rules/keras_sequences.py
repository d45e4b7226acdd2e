"""``keras.Sequential([Dense(8, activation="relu"), ...])`` -> ``nn.Sequential(LazyLinear(8), nn.ReLU(), ...)``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s import nodes
from ..s2s.keras_sequences import ACTIVATIONS, SEQUENCE
from .base import rule


@rule(cst.Call)
def sequence_of_layers(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A sequence as PyTorch's, with the activations of dense layers as layers."""
    if ctx.own_layer(SEQUENCE) is None or _op(node, ctx) != SEQUENCE:
        return None
    listed = next(arg.value for arg in node.args if arg.keyword is None or arg.keyword.value != "name")
    layers = [layer for element in cst.ensure_type(listed, cst.List).elements for layer in _layers(element.value, ctx)]
    args = nodes.spaced([nodes.positional(layer) for layer in layers])
    ctx.count("exact")
    return node.with_changes(func=ctx.native("torch.nn.Sequential"), args=args)


def _layers(made: cst.BaseExpression, ctx) -> Iterator[cst.BaseExpression]:
    """A layer, and one for its activation."""
    call = cst.ensure_type(made, cst.Call)
    given = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "activation"]
    if _op(call, ctx) != "keras.Dense" or not given:
        yield ctx.visit(call)
        return
    args = [arg for arg in call.args if arg is not given[0]]
    yield ctx.visit(call.with_changes(args=[*args[:-1], args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]))
    if isinstance(given[0].value, cst.SimpleString) and given[0].value.evaluated_value in ACTIVATIONS:
        name, settings = ACTIVATIONS[given[0].value.evaluated_value]
        values = {key: nodes.expression(value) for key, value in settings.items()}
        yield nodes.call(ctx.native(f"torch.nn.{name}"), **values)


def _op(node: cst.Call, ctx) -> str:
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    return entry.op if entry is not None else ""
