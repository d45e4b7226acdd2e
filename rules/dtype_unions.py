"""``np.float32 | np.float64`` -> ``torch.dtype``: a union of scalar types, where the target's dtypes are no classes."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from .base import rule


@rule(cst.BinaryOperation)
def dtype_union(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """A union of dtypes alone is the type of the target's dtypes."""
    if not isinstance(node.operator, cst.BitOr) or ctx.target.settings.get("callable_dtypes"):
        return None
    if not ctx.source.settings.get("callable_dtypes"):
        return None
    if not all(isinstance(part, cst.Attribute) and ctx.infer.dtype_name(part) for part in _parts(node)):
        return None
    made = ctx.type_node("dtype")
    if made is not None:
        ctx.count("exact")
    return made


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        yield from _parts(node.left)
        yield from _parts(node.right)
    else:
        yield node
