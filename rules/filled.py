"""``init.zeros_(m.weight.data)`` -> ``zeros_(m.weight)``: what fills a variable is given the variable itself.

Other arrays are immutable: ``init.normal_(w)`` -> ``w = initialised(w, normal_)``.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule
from .changed_arguments import callee
from .first_values import note_draw
from .indexing import index_value, splits_axes, written
from .inplace import may_be_variable, shared_root, uses_after, view_hazard

_CONSTANTS = {"zeros_": cst.Integer("0"), "ones_": cst.Integer("1")}


@rule(cst.Call)
def filled_variable(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A cut from the graph has the same memory in PyTorch alone: elsewhere it would be a copy that is filled."""
    if ctx.source.name != "torch" or not node.args:
        return None
    initialiser = _is_initialiser(node, ctx)
    for argument in node.args[:1] if initialiser else _called_alone(node, ctx):
        root = shared_root(argument.value, ctx)
        if root is not argument.value and ctx.kind(root).name in ("", "variable"):
            ctx.substitutes[id(argument.value)] = ctx.visit(root)
    _hand_over_part(node, ctx)
    place = _plain_array(node, ctx) if initialiser else None
    if place is None:
        return None
    value = _initialised(node, place, ctx)
    if isinstance(place, cst.Name) and uses_after(place.value, ctx):
        return cst.NamedExpr(cst.Name(place.value), value, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return value


@rule(cst.Expr)
def filled_part(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``init.constant_(bias[n:], 1.0)`` -> ``bias[n:] = 1.0``, a copy of which would be filled elsewhere."""
    call = node.value
    if not isinstance(call, cst.Call) or not call.args or not _is_initialiser(call, ctx):
        return None
    place = _plain_array(call, ctx)
    if isinstance(place, (cst.Name, cst.Attribute)):
        if ctx.hub[ctx.source.find(ctx.name_of(call.func)).op].random:
            note_draw(call, ctx)
        return [cst.Assign([cst.AssignTarget(ctx.visit(place))], _initialised(call, place, ctx))]
    part = shared_root(call.args[0].value, ctx)
    if not isinstance(part, cst.Subscript) or ctx.kind(part.value).tag != "array":
        return None
    if ctx.target.settings.get("mutable_arrays"):
        return None
    name = ctx.source.find(ctx.name_of(call.func)).op
    if name == "constant_" and len(call.args) == 2 and call.args[1].keyword is None:
        return written(part, ctx.visit(call.args[1].value), ctx)
    if name in _CONSTANTS and len(call.args) == 1:
        return written(part, _CONSTANTS[name], ctx)
    reason = "it fills a part of an array in place, and arrays are immutable"
    return ctx.refuse_statement(call, ctx.name_of(call.func), reason)


def _is_initialiser(node: cst.Call, ctx) -> bool:
    """``torch.nn.init.normal_`` and the like."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    op = ctx.hub.get(entry.op) if entry is not None else None
    return op is not None and op.topic == "init" and op.name.endswith("_")


def _plain_array(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """What an initialiser fills, where that surely is no variable but an array that cannot be changed."""
    place = shared_root(node.args[0].value, ctx)
    if ctx.target.settings.get("mutable_arrays") or node.args[0].keyword is not None or node.args[0].star:
        return None
    if isinstance(place, cst.Subscript) or ctx.kind(place).tag != "array" or may_be_variable(place, ctx):
        return None
    in_collection = isinstance(place, cst.Name) and ctx.scope is not None and place.value in ctx.scope.loop_names
    return None if in_collection or view_hazard(place, ctx) else place


def _initialised(node: cst.Call, place: cst.BaseExpression, ctx) -> cst.Call:
    """``initialised(w, normal_, std=0.02)``."""
    ctx.count("exact")
    fill = ctx.helper(ctx.source.find(ctx.name_of(node.func)).op)
    rest = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args[1:]]
    return cst.Call(ctx.helper("initialised"), nodes.spaced([cst.Arg(ctx.visit(place)), cst.Arg(fill), *rest]))


def _hand_over_part(node: cst.Call, ctx) -> None:
    """``zeros_(m.weight[0])`` of the project's own function, which changes its argument as its name says."""
    name = node.func.attr.value if isinstance(node.func, cst.Attribute) else nodes.code(node.func)
    if "PartOf" not in ctx.target.templates or not name.endswith("_") or name.endswith("__"):
        return
    part, statement = shared_root(node.args[0].value, ctx), ctx.small_statement
    if not isinstance(statement, cst.Expr) or statement.value is not node or callee(node, ctx) is None:
        return
    if isinstance(part, cst.Subscript) and isinstance(part.value, cst.Attribute) and not splits_axes(part, ctx):
        if ctx.kind(part.value).name in ("", "variable"):
            made = nodes.call(ctx.helper("PartOf"), ctx.visit(part.value), index_value(part, ctx))
            ctx.substitutes[id(node.args[0].value)] = made


def _called_alone(node: cst.Call, ctx) -> list[cst.Arg]:
    """The variables among the arguments of a function of the project that is called for what it changes."""
    statement = ctx.small_statement
    if ctx.target.settings.get("mutable_arrays"):
        return []
    if not isinstance(statement, cst.Expr) or statement.value is not node or callee(node, ctx) is None:
        return []
    return [arg for arg in node.args if ctx.kind(shared_root(arg.value, ctx)).name == "variable"]
