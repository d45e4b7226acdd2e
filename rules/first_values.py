"""``nn.Parameter(torch.randn(3))`` -> ``Parameter(lambda: randn((3,)))`` where first values are drawn by ``init``."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.walk import below
from .base import rule

_KEPT = ("Parameter", "Buffer")


@rule(cst.Call)
def drawn_value(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A parameter or buffer whose first value may be drawn: a function draws it."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is None or entry.op not in _KEPT or not node.args or not may_draw(node.args[0].value, ctx):
        return None
    new = ctx.convert(entry, node, None, name)
    if not isinstance(new, cst.Call) or not new.args:
        return new
    first, *rest = new.args
    return new.with_changes(args=[first.with_changes(value=drawing(first.value)), *rest])


def note_other_draws(node: cst.ClassDef, ctx) -> None:
    """Tell where a constructor draws what is no first value: ``apply`` runs constructors too, and without a key."""
    if not ctx.target.settings.get("draws_in_init"):
        return
    for init in below(node.body):
        if not isinstance(init, cst.FunctionDef) or init.name.value != "__init__":
            continue
        calls = _calls(init.body)
        inside = {inner for call in calls if _keeps(call, ctx) for inner in _calls(call)}
        for call in calls:
            name = ctx.name_of(call.func)
            if call not in inside and name and ctx.foreign(name) and _is_drawn(ctx.source.find(name), ctx):
                note_draw(call, ctx)


def note_draw(call: cst.Call, ctx) -> None:
    """Tell that a constructor draws something that is no first value."""
    if ctx.target.settings.get("draws_in_init"):
        message = "a constructor draws; in apply, which makes modules anew, this is a stand-in from a fixed key"
        ctx.note(call, "S2S206", ctx.name_of(call.func), message, "make it the value of a parameter or buffer")


def _keeps(call: cst.Call, ctx) -> bool:
    """Whether a call makes a parameter or buffer of its argument."""
    registered = nodes.calls_method(call, "register_buffer", "register_parameter")
    entry = ctx.source.find(ctx.name_of(call.func))
    return registered or (entry is not None and entry.op in _KEPT)


def _is_drawn(entry, ctx) -> bool:
    op = ctx.hub.get(entry.op) if entry is not None else None
    fills = op is None or op.layer or op.name.endswith("_")
    return not fills and op.random and op.name in ctx.target.templates


def drawing(value: cst.BaseExpression) -> cst.Lambda:
    """A function that draws the value."""
    return cst.Lambda(cst.Parameters(), value)


def may_draw(node: cst.BaseExpression, ctx) -> bool:
    """Whether ``init`` has to draw an expression: it calls something that draws, or of which nothing is known."""
    if not ctx.target.settings.get("draws_in_init"):
        return False
    return any(_draws(inner, ctx) for inner in _calls(node))


def _calls(node: cst.CSTNode) -> list[cst.Call]:
    """The calls in a piece of code."""
    return [inner for inner in below(node) if isinstance(inner, cst.Call)]


def _draws(call: cst.Call, ctx) -> bool:
    method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    lifted = ctx.infer.lifted(call)
    if lifted is not None and not method.endswith("_"):
        op = ctx.hub.get(lifted[0].op)
        return op is None or (op.random and op.name in ctx.target.templates)
    return ctx.name_of(call.func).split(".")[0] not in ("builtins", "math", "numpy", "itertools", "functools", "copy")
