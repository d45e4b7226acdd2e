"""``np.dot(x, w)`` where ``w=1.0`` is a parameter: of a number it scales, of an array it is a matrix product."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import NUMBERS
from .base import rule


@rule(cst.Call)
def dot_of_default(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A function that looks whether it was given the number that is the default of a parameter, or an array."""
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
            return _scaled_or_product(node, ctx)
    return None


def _scaled_or_product(node: cst.Call, ctx) -> cst.BaseExpression:
    """The call of ``jnp.dot``, which takes numbers too, or of a helper."""
    operands = [arg.value for arg in node.args]
    if not ctx.name_of(node.func):
        operands.insert(0, node.func.value)
    if len(operands) != 2 or any(arg.keyword is not None or arg.star for arg in node.args):
        return ctx.refuse(node, "numpy.dot", "only numpy.dot(a, b) is converted where one may be a number")
    ctx.count("exact")
    product = ctx.native("jax.numpy.dot") if ctx.target.language == "jax" else ctx.helper("scaled_or_product")
    return nodes.call(product, *map(ctx.visit, operands))
