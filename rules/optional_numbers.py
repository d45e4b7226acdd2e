"""``np.dot(x, w)`` where ``w=1.0`` is a parameter: of a number it scales, of an array it is a matrix product."""

from __future__ import annotations

import libcst as cst

from ..s2s.kinds import NUMBERS
from .base import rule


@rule(cst.Call)
def dot_of_default(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Refuse what would be a scaled array only for the default of a parameter."""
    if ctx.source.name != "numpy" or ctx.scope is None or ctx.scope.info is None:
        return None
    operands = [arg.value for arg in node.args]
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "dot" and not ctx.name_of(node.func):
        operands.append(node.func.value)
    elif ctx.name_of(node.func) != "numpy.dot":
        return None
    for operand in operands:
        param = ctx.scope.info.param(operand.value) if isinstance(operand, cst.Name) else None
        if param is None or param.kind or param.default is None or operand.value in ctx.scope.assigned:
            continue
        if param.default.tag in NUMBERS:
            reason = f"{operand.value} may be a number or an array; annotate it, or write multiply or matmul"
            return ctx.refuse(node, "numpy.dot", reason)
    return None
