"""``n in x`` of an array of any shape -> ``(x == n).any()``: the arrays of other frameworks look at one axis alone."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule
from .indexing import indexes_axes

_SOURCES, _TARGETS = ("torch", "numpy"), ("jax", "tensorflow")


@rule(cst.Comparison)
def membership(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """Whether an array holds a value."""
    (first, *others) = node.comparisons
    if others or not isinstance(first.operator, (cst.In, cst.NotIn)):
        return None
    between = ctx.source.name in _SOURCES and ctx.target.name in _TARGETS
    if not between or not _is_array(first.comparator, ctx):
        return None
    right = nodes.parenthesized(node.left)
    equal = cst.Comparison(
        first.comparator, [cst.ComparisonTarget(cst.Equal(), right)], lpar=[cst.LeftParen()], rpar=[cst.RightParen()]
    )
    found = ctx.visit(cst.Call(cst.Attribute(equal, cst.Name("any"))))
    if isinstance(first.operator, cst.In):
        return found
    return cst.UnaryOperation(cst.Not(), found, lpar=node.lpar, rpar=node.rpar)


def _is_array(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is an array: it is known to be one, or has indices for several axes."""
    kind = ctx.kind(node)
    return kind.tag == "array" or kind.tag == "unknown" and isinstance(node, cst.Subscript) and indexes_axes(node)
