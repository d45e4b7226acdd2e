"""``self.up = nnx.Linear(3, 4, kernel_init=normal(0.02))`` -> ``self.up = Linear(3, 4)``, ``nn.init.normal_(...)``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import Bound, bind
from ..s2s.own_spelling import filled
from ..s2s.table_model import Entry
from .base import rule


@rule(cst.Assign)
def filled_layer(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """A layer of the target's own, whose parameters are filled by the target's functions after it was made."""
    target, call = node.targets[0].target, node.value
    if not ctx.project.own_layers or len(node.targets) != 1 or not isinstance(call, cst.Call):
        return None
    entry = _entry(call.func, ctx)
    own = ctx.own_layer(entry.op) if entry is not None else None
    if own is None or not own.initializers or not isinstance(target, (cst.Name, cst.Attribute)):
        return None
    bound = bind(entry, call.args, None, ctx.kind)
    given = {n: bound.args[n] for n in own.initializers if n in bound.args} if isinstance(bound, Bound) else {}
    if not given or any(n not in bound.places for n in given):
        return None
    use_bias = nodes.code(bound.args["use_bias"]) if "use_bias" in bound.args else "True"
    written = []
    for name, value in given.items():
        parameter = own.initializers[name]
        filled = _filled(value, cst.Attribute(ctx.visit(target), cst.Name(parameter)), ctx)
        if filled is None or parameter == "bias" and use_bias not in ("True", "False"):
            return None
        if parameter != "bias" or use_bias == "True":
            written.append(cst.Expr(filled))
    rest = [arg for arg in call.args if all(arg is not bound.places[name] for name in given)]
    last = call.args[-1]
    if rest:
        rest[-1] = rest[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    ctx.count("exact")
    return [node.with_changes(value=ctx.visit(call.with_changes(args=rest))), *written]


def _filled(value: cst.BaseExpression, tensor: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The call that fills a tensor as an initialiser does, which is made by a call or named."""
    made = isinstance(value, cst.Call)
    entry = _entry(value.func if made else value, ctx)
    if entry is None:
        return None
    takes_key = any(arg.canonical == "key" for arg in entry.args)
    if made == takes_key:  # zeros is an initialiser, normal() makes one
        return None
    bound = bind(entry, value.args, None, ctx.kind) if made else Bound(entry, {})
    return filled(bound, tensor, ctx.writer) if isinstance(bound, Bound) else None


def _entry(node: cst.BaseExpression, ctx) -> Entry | None:
    name = ctx.name_of(node)
    return ctx.source.find(name) if name and ctx.foreign(name) else None
