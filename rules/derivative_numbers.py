"""``jax.grad(f)(2.0)`` -> ``torch.func.grad(f)(torch.tensor(2.0))``: PyTorch differentiates at tensors alone."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import DERIVATIVE, FLOAT
from .base import rule

# What takes a function and the place at which it is differentiated.
_AT_A_PLACE = ("jvp", "vjp")


@rule(cst.Call)
def derivative_of_number(node: cst.Call, ctx) -> None:
    """Have floats that a derivative is taken at written as tensors; other rules convert the call."""
    if ctx.source.name != "jax" or ctx.target.name != "torch":
        return
    entry = ctx.source.find(ctx.name_of(node.func))
    if ctx.kind(node.func) == DERIVATIVE:
        given = node.args
    elif entry is not None and entry.op in _AT_A_PLACE:
        given = node.args[1:]
    else:
        return
    for arg in given:
        for value in _parts(arg.value) if not arg.star else ():
            if ctx.kind(value) == FLOAT and id(value) not in ctx.substitutes:
                literal = isinstance(value, (cst.Float, cst.UnaryOperation))
                made = ctx.native("torch.tensor" if literal else "torch.as_tensor")
                ctx.substitutes[id(value)] = nodes.call(made, ctx.visit(value))


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The elements of a tuple or list that is written out, or what else stands there."""
    if isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from _parts(element.value)
    else:
        yield node
