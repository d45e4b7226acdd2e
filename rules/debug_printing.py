"""``jax.debug.print("loss {}", loss)`` -> ``print("loss {}".format(loss))``: what is not compiled prints as it runs."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule

_OPTIONS = ("ordered", "partitioned", "skip_format_check")


@rule(cst.Call)
def debug_print(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A text that is printed with values in it."""
    if ctx.name_of(node.func) != "jax.debug.print" or not node.args:
        return None
    first, *others = [a for a in node.args if a.keyword is None or a.keyword.value not in _OPTIONS]
    if first.star or first.keyword is not None and first.keyword.value != "fmt":
        return None
    ctx.count("exact")
    text = ctx.visit(first.value)
    if others:
        values = [_argument(a, ctx) for a in others]
        text = cst.Call(cst.Attribute(nodes.parenthesized(text), cst.Name("format")), nodes.spaced(values))
    return nodes.call(cst.Name("print"), text)


def _argument(arg: cst.Arg, ctx) -> cst.Arg:
    value = ctx.visit(arg.value)
    return cst.Arg(value, star=arg.star) if arg.keyword is None else nodes.keyword(arg.keyword.value, value)
