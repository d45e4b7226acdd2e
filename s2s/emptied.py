"""Branches and loops that nothing is left of: ``if device == "cuda": x = x.cuda()``."""

from __future__ import annotations

import libcst as cst

_STILL = (
    cst.Attribute,
    cst.BooleanOperation,
    cst.Comparison,
    cst.ComparisonTarget,
    cst.Float,
    cst.Integer,
    cst.Name,
    cst.SimpleString,
    cst.UnaryOperation,
)


def emptied(
    node: cst.If | cst.For, body: object, orelse: cst.If | cst.Else | None
) -> bool:
    """Whether all blocks of a statement became ``pass``, of which one was more before."""
    before = [node.body, *([node.orelse.body] if node.orelse is not None else [])]
    if isinstance(node.orelse, cst.If) and orelse is not None:
        return False
    after = [body, *([orelse.body] if orelse is not None else [])]
    return all(map(is_empty, after)) and not all(map(is_empty, before))


def is_empty(suite: object) -> bool:
    """Whether a block is ``pass`` alone, without a comment."""
    lines = suite.body if isinstance(suite, cst.IndentedBlock) else ()
    only = lines[0] if len(lines) == 1 else None
    if not isinstance(only, cst.SimpleStatementLine) or len(only.body) != 1 or not isinstance(only.body[0], cst.Pass):
        return False
    return not any(line.comment for line in only.leading_lines) and only.trailing_whitespace.comment is None


def is_still(node: cst.CSTNode) -> bool:
    """Whether a test does nothing but read names and attributes, and compares them."""
    return isinstance(node, _STILL) and all(map(is_still, _operands(node)))


def _operands(node: cst.CSTNode) -> list[cst.CSTNode]:
    kinds = (cst.BaseExpression, cst.ComparisonTarget)
    return [] if isinstance(node, cst.Attribute) else [child for child in node.children if isinstance(child, kinds)]
