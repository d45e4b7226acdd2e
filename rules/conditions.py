"""``not self.ready`` -> ``not self.ready[...]``: a buffer or parameter that is tested or compared is read."""

from __future__ import annotations

import libcst as cst

from ..s2s.conditions import mark_tested
from .base import rule


@rule(cst.UnaryOperation, cst.BooleanOperation, cst.IfExp, cst.Assert, cst.Call, cst.CompIf)
def tested_variable(node: cst.CSTNode, ctx) -> None:
    """What an operator, an expression or ``bool`` tests; statements ask for themselves."""
    for tested in _tested(node, ctx):
        mark_tested(tested, ctx)


@rule(cst.Comparison)
def compared_variable(node: cst.Comparison, ctx) -> None:
    """``self.scale > 0`` -> ``self.scale[...] > 0``: flax compares no variables, but other arrays with them."""
    if ctx.target.name != "jax" or ctx.source.name != "torch":
        return
    left = node.left
    for target in node.comparisons:
        if isinstance(target.operator, _ORDERED):
            mark_tested(left, ctx)
        left = target.comparator


_ORDERED = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual, cst.NotEqual)


def _tested(node: cst.CSTNode, ctx) -> tuple[cst.BaseExpression, ...]:
    if isinstance(node, cst.UnaryOperation):
        return (node.expression,) if isinstance(node.operator, cst.Not) else ()
    if isinstance(node, cst.BooleanOperation):
        return (node.left, node.right)
    if isinstance(node, cst.Call):
        named = isinstance(node.func, cst.Name) and node.func.value == "bool" and len(node.args) == 1
        return (node.args[0].value,) if named and ctx.name_of(node.func) == "builtins.bool" else ()
    return (node.test,)
