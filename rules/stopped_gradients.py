"""``lax.stop_gradient(a + b)`` -> ``(a + b).detach()``: what is computed is an array, other values may be trees."""

from __future__ import annotations

import libcst as cst

from .base import rule

_COMPUTED = (cst.BinaryOperation, cst.UnaryOperation, cst.Subscript)


@rule(cst.Call)
def stopped_result(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A gradient that is stopped at an operation."""
    entry = ctx.source.find(ctx.name_of(node.func))
    if entry is None or "stop_gradients" not in {part.op for part in entry.overloads} or len(node.args) != 1:
        return None
    value = node.args[0].value
    if not isinstance(value, _COMPUTED) or isinstance(value, cst.Subscript) and not _is_of_array(value, ctx):
        return None
    stopped = ctx.writer.of_op("stop_gradient", x=value)
    if stopped is not None:
        ctx.count("exact")
    return stopped


def _is_of_array(node: cst.Subscript, ctx) -> bool:
    """Whether an index is one of an array: a slice, several, or a comparison."""
    return len(node.slice) > 1 or not isinstance(node.slice[0].slice, cst.Index)
