"""``np.float32 | np.float64`` -> ``torch.dtype``: scalar types as types, where the target's dtypes are no classes."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from .base import rule


@rule(cst.BinaryOperation)
def dtype_union(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """A union of dtypes alone is the type of the target's dtypes."""
    return _type_of_dtypes(node, ctx) if isinstance(node.operator, cst.BitOr) else None


@rule(cst.AnnAssign)
def dtype_alias(node: cst.AnnAssign, ctx) -> None:
    """So is a dtype that is given a name as a type: ``Boolean: TypeAlias = np.bool_``."""
    if ctx.name_of(node.annotation.annotation).endswith(".TypeAlias") and isinstance(node.value, cst.Attribute):
        made = _type_of_dtypes(node.value, ctx)
        if made is not None:
            ctx.substitutes[id(node.value)] = made


def _type_of_dtypes(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The type of the target's dtypes, for dtypes alone whose classes the target does not have."""
    if ctx.target.settings.get("callable_dtypes") or not ctx.source.settings.get("callable_dtypes"):
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
