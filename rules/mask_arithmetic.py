"""``ids - (ids > 0)`` -> ``ids - (ids > 0).to(ids.dtype)``: PyTorch and TensorFlow subtract no masks."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import BOOL, TRUTH, is_integral
from .base import rule


@rule(cst.BinaryOperation)
def mask_difference(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """A difference of which one side is a mask, in a source that takes masks for numbers."""
    if not isinstance(node.operator, cst.Subtract):
        return None
    left, right = (counted(*sides, ctx) for sides in ((node.left, node.right), (node.right, node.left)))
    if left is None and right is None:
        return None
    return node.with_changes(left=left or ctx.visit(node.left), right=right or ctx.visit(node.right))


def counted(mask: cst.BaseExpression, other: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """A mask as numbers of the other operand's dtype, where that has a name; None where it may stay what it is."""
    if may_be_mask(mask, ctx) and not may_be_mask(other, ctx):
        if "as_counts" in ctx.target.templates:
            return nodes.call(ctx.helper("as_counts"), ctx.visit(mask))
        if ctx.target.name == "torch":
            return cst.BinaryOperation(cst.Integer("1"), cst.Multiply(), nodes.parenthesized(ctx.visit(mask)))
    if ctx.target.name != "torch" or not ctx.source.settings.get("promotes"):
        return None
    if _is_truth(mask, ctx) and not _is_truth(other, ctx):  # a mask, or True or False
        return cst.BinaryOperation(cst.Integer("1"), cst.Multiply(), nodes.parenthesized(ctx.visit(mask)))
    if not _is_mask(mask, ctx) or _is_mask(other, ctx):
        return None
    made = nodes.parenthesized(ctx.visit(mask))
    if ctx.kind(other).tag == "array" and nodes.is_simple(other):
        return nodes.call(cst.Attribute(made, cst.Name("to")), cst.Attribute(ctx.visit(other), cst.Name("dtype")))
    return nodes.call(cst.Attribute(made, cst.Name("int")))


def _is_truth(node: cst.BaseExpression, ctx) -> bool:
    """Whether a value is what comparing things gave that are numbers or arrays."""
    kind = ctx.kind(node)
    if isinstance(node, cst.Name) and kind == BOOL:
        return ctx.scope is not None and node.value in ctx.scope.assigned
    return kind == TRUTH or kind == BOOL and isinstance(node, cst.Comparison) and not _asks_what(node)


def may_be_mask(node: cst.BaseExpression, ctx) -> bool:
    """Whether a value of unknown dtype has a name that masks have: what is written then holds for numbers too."""
    kind, words = ctx.kind(node), ctx.source.settings.get("mask_words", ())
    if kind.tag not in ("array", "unknown") or kind.name or not isinstance(node, (cst.Name, cst.Attribute)):
        return False
    name = node.value if isinstance(node, cst.Name) else node.attr.value
    return not set(name.lower().split("_")).isdisjoint(words)


def _asks_what(node: cst.Comparison) -> bool:
    return any(isinstance(part.operator, (cst.In, cst.NotIn, cst.Is, cst.IsNot)) for part in node.comparisons)


def _is_mask(node: cst.BaseExpression, ctx) -> bool:
    kind = ctx.kind(node)
    return kind.tag == "array" and is_integral(kind.name, masks_only=True)
