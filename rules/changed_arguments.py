"""``fill(x)``, which changes x for its caller -> ``x = fill(x)``, where arrays cannot be changed."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.project import FunctionInfo
from .base import rule
from .view_writes import stored


def returned_arguments(info: FunctionInfo | None, ctx) -> tuple[str, ...]:
    """The parameters that a function gives back because it changes them."""
    if (
        info is None
        or ctx.target.settings.get("mutable_arrays")
        or not ctx.source.settings.get("returns_changed")
    ):
        return ()
    return info.changes


def returned_value(names: Sequence[str]) -> cst.BaseExpression:
    """``x`` or ``x, y``."""
    if len(names) == 1:
        return cst.Name(names[0])
    made = nodes.tuple_of([cst.Name(name) for name in names])
    return made.with_changes(lpar=[], rpar=[])


def with_returned(body: cst.BaseSuite, names: Sequence[str]) -> cst.BaseSuite:
    """A function body that ends with the return of these names."""
    statement = cst.Return(returned_value(names))
    if isinstance(body, cst.SimpleStatementSuite):
        return body.with_changes(body=[*body.body, statement])
    assert isinstance(body, cst.IndentedBlock)
    return body.with_changes(body=[*body.body, cst.SimpleStatementLine([statement])])


@rule(cst.Return)
def bare_return(node: cst.Return, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``return`` in the middle of such a function."""
    names = returned_arguments(ctx.scope.info if ctx.scope is not None else None, ctx)
    if node.value is not None or not names:
        return None
    space = cst.SimpleWhitespace(" ")
    return [node.with_changes(value=returned_value(names), whitespace_after_return=space)]


@rule(cst.Expr)
def changing_call(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """A statement that calls such a function."""
    if not isinstance(node.value, cst.Call):
        return None
    info = callee(node.value, ctx)
    names = returned_arguments(info, ctx)
    if not names:
        place = _filled(node.value, info, ctx)
        if place is None:
            return None
        ctx.count("exact")
        return stored(place, ctx.descend(node.value), ctx)
    places = argument_places(node.value, info, ctx)
    if places is None or any(name not in places for name in names):
        return ctx.refuse_statement(
            node.value, nodes.code(node.value.func), "it changes its arguments, which are not known"
        )
    call = ctx.descend(node.value)
    ctx.count("exact")
    if len(names) == 1:
        return stored(places[names[0]], call, ctx)
    made: list[cst.BaseSmallStatement] = []
    fresh = [cst.Name(ctx.fresh(name)) for name in names]
    made.append(cst.Assign([cst.AssignTarget(returned_target(fresh))], call))
    for name, value in zip(names, fresh):
        made.extend(stored(places[name], value, ctx))
    return made


def _filled(call: cst.Call, info: FunctionInfo | None, ctx) -> cst.BaseExpression | None:
    """The array that a function is given to fill, and gives back, where arrays cannot be changed."""
    if info is None or not info.fills or ctx.target.settings.get("mutable_arrays"):
        return None
    if not ctx.source.settings.get("returns_changed"):
        return None
    place = (argument_places(call, info, ctx) or {}).get(info.fills)
    return None if place is None or nodes.code(place) == "None" else place


def returned_target(names: Sequence[cst.Name]) -> cst.Tuple:
    """``a, b`` as an assignment target."""
    return nodes.tuple_of(list(names)).with_changes(lpar=[], rpar=[])


@rule(cst.Call)
def changing_expression(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Such a call inside an expression: the change would be lost."""
    info = callee(node, ctx)
    names = returned_arguments(info, ctx)
    if not names:
        place = _filled(node, info, ctx)
        own = ctx.scope.info.fills if ctx.scope is not None and ctx.scope.info is not None else ""
        if place is not None and nodes.code(place) != own:
            message = f"'{nodes.code(place)}' is not changed: arrays are immutable"
            ctx.note(node, "S2S203", nodes.code(node.func), message, "use the returned value")
        return None
    return ctx.refuse(
        node, nodes.code(node.func), f"it changes '{names[0]}', and arrays are immutable", "call it alone"
    )


def callee(call: cst.Call, ctx) -> FunctionInfo | None:
    kind = ctx.kind(call.func)
    return (
        ctx.project.function(ctx.project.canonical(kind.name))
        if kind.tag in ("method", "ref") and kind.name
        else None
    )


def argument_places(call: cst.Call, info: FunctionInfo, ctx) -> dict[str, cst.BaseExpression] | None:
    """Parameter -> argument."""
    if any(arg.star for arg in call.args):
        return None
    bound = ctx.kind(call.func).tag == "method" and "staticmethod" not in info.decorators
    names = [p.name for p in info.params if not p.star][1 if bound else 0 :]
    found = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    plain = [arg.value for arg in call.args if arg.keyword is None]
    return found | dict(zip(names, plain)) if len(plain) <= len(names) else None
