"""``init.zeros_(m.weight.data)`` -> ``zeros_(m.weight)``: what fills a variable is given the variable itself."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .base import rule
from .changed_arguments import callee
from .indexing import written
from .inplace import shared_root


@rule(cst.Call)
def filled_variable(node: cst.Call, ctx) -> None:
    """A cut from the graph has the same memory in PyTorch alone: elsewhere it would be a copy that is filled."""
    if ctx.source.name != "torch" or not node.args:
        return
    for argument in node.args[:1] if _is_initialiser(node, ctx) else _called_alone(node, ctx):
        root = shared_root(argument.value, ctx)
        if root is not argument.value and ctx.kind(root).name in ("", "variable"):
            ctx.substitutes[id(argument.value)] = ctx.visit(root)


def _is_initialiser(node: cst.Call, ctx) -> bool:
    """``torch.nn.init.normal_`` and the like."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    op = ctx.hub.get(entry.op) if entry is not None else None
    return op is not None and op.topic == "init" and op.name.endswith("_")


def _called_alone(node: cst.Call, ctx) -> list[cst.Arg]:
    """The variables among the arguments of a function of the project that is called for what it changes."""
    statement = ctx.small_statement
    if ctx.target.settings.get("mutable_arrays"):
        return []
    if not isinstance(statement, cst.Expr) or statement.value is not node or callee(node, ctx) is None:
        return []
    return [arg for arg in node.args if ctx.kind(shared_root(arg.value, ctx)).name == "variable"]


_CONSTANTS = {"zeros_": cst.Integer("0"), "ones_": cst.Integer("1")}


@rule(cst.Expr)
def filled_part(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``init.constant_(bias[n:], 1.0)`` -> ``bias[n:] = 1.0``, a copy of which would be filled elsewhere."""
    call = node.value
    if not isinstance(call, cst.Call) or not call.args or ctx.target.settings.get("mutable_arrays"):
        return None
    part = shared_root(call.args[0].value, ctx)
    if not isinstance(part, cst.Subscript) or not _is_initialiser(call, ctx) or any(a.keyword for a in call.args):
        return None
    name = ctx.source.find(ctx.name_of(call.func)).op
    if name == "constant_" and len(call.args) == 2:
        return written(part, ctx.visit(call.args[1].value), ctx)
    if name in _CONSTANTS and len(call.args) == 1:
        return written(part, _CONSTANTS[name], ctx)
    reason = "it fills a part of an array in place, and arrays are immutable"
    return ctx.refuse_statement(call, ctx.name_of(call.func), reason)
