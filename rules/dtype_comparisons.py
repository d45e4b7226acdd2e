"""``x.dtype is torch.int64``: dtypes are compared by value, and JAX's default integers stand for torch's."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Comparison)
def dtype_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``is`` becomes ``==``; in JAX int64 is written as the dtype that a request for int64 gives."""
    if ctx.kind(node.left).tag != "dtype" or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    same = isinstance(other.operator, (cst.Is, cst.IsNot)) and ctx.kind(other.comparator).tag == "dtype"
    wide = ctx.target.language == "jax" and _is_int64(other.comparator, ctx)
    if not same and not wide:
        return None
    space = cst.SimpleWhitespace(" ")
    changes: dict[str, object] = {"comparator": _canonical(ctx) if wide else ctx.visit(other.comparator)}
    if same:
        equal = cst.Equal if isinstance(other.operator, cst.Is) else cst.NotEqual
        changes["operator"] = equal(whitespace_before=space, whitespace_after=space)
    return node.with_changes(left=ctx.visit(node.left), comparisons=[other.with_changes(**changes)])


def _is_int64(node: cst.BaseExpression, ctx) -> bool:
    if not isinstance(node, cst.Attribute):
        return False
    base = ctx.kind(node.value)
    entry = ctx.source.find(ctx.project.canonical(f"{base.name}.{node.attr.value}")) if base.tag == "ref" else None
    return entry is not None and entry.const == "int64"


def _canonical(ctx) -> cst.BaseExpression:
    """The dtype that asking JAX for int64 gives: int32 unless 64-bit types are enabled."""
    return nodes.call(ctx.native("jax.dtypes.canonicalize_dtype"), ctx.native("jax.numpy.int64"))
