"""``[label] * (end - start)`` -> ``[label] * int(end - start)``: NumPy's integers repeat lists."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.BinaryOperation)
def repeated_list(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """A list of one element that is repeated as often as an element of an array says."""
    if not ctx.source.settings.get("hashable_elements") or ctx.target.settings.get("repeats_lists"):
        return None
    if not isinstance(node.operator, cst.Multiply) or not isinstance(node.left, cst.List):
        return None
    if len(node.left.elements) != 1:
        return None
    kind = ctx.kind(node.right)
    counts = kind.tag == "array" and not kind.name.startswith(("float", "complex"))
    if not counts and not (kind.tag == "unknown" and ctx.target.settings.get("strict_dtypes")):
        return None
    ctx.count("exact")
    count = nodes.call(cst.Name("int"), ctx.visit(node.right).with_changes(lpar=[], rpar=[]))
    return node.with_changes(left=ctx.visit(node.left), right=count)
