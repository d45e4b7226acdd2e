"""``repeat(self.token, "d -> n d")`` -> ``repeat(self.token[...], "d -> n d")``: others know no variables."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Call)
def outside_call(node: cst.Call, ctx) -> cst.Call | None:
    """Give functions of other packages that take arrays of whatever framework the values of variables."""
    known = ctx.source.settings.get("array_functions", ())
    if ctx.target.name not in ("jax", "tensorflow") or ctx.name_of(node.func) not in known:
        return None
    if not any(_is_variable(argument, ctx) for argument in node.args):
        return None
    ctx.count("exact")
    return node.with_changes(func=ctx.visit(node.func), args=[_read(argument, ctx) for argument in node.args])


def _is_variable(argument: cst.Arg, ctx) -> bool:
    kind = ctx.kind(argument.value)
    return isinstance(argument.value, (cst.Name, cst.Attribute)) and kind.tag == "array" and kind.name == "variable"


def _read(argument: cst.Arg, ctx) -> cst.Arg:
    value = ctx.visit(argument.value)
    if not _is_variable(argument, ctx):
        return argument.with_changes(value=value)
    if ctx.target.name == "tensorflow":
        value = cst.Attribute(value, cst.Name("value"))
    else:
        value = nodes.whole(value)
    return argument.with_changes(value=value)
