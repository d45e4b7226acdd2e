"""``x.dtype is torch.int64``: dtypes are compared by value, and JAX's default integers stand for torch's."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule
from .inplace import shared_root


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


@rule(cst.Comparison)
def type_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``a.type() == b.type()`` -> ``a.dtype == b.dtype``: PyTorch has names for the classes of tensors too."""
    if ctx.source.name != "torch" or ctx.target.name == "torch" or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    sides = [_typed(side, ctx) for side in (node.left, other.comparator)]
    if None in sides or not isinstance(other.operator, (cst.Equal, cst.NotEqual)):
        return None
    ctx.count("exact")
    left, right = (cst.Attribute(ctx.visit(side), cst.Name("dtype")) for side in sides)
    return node.with_changes(left=left, comparisons=[other.with_changes(comparator=right)])


def _typed(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """``x`` of ``x.type()`` or ``x.data.type()``."""
    called = isinstance(node, cst.Call) and not node.args and isinstance(node.func, cst.Attribute)
    if not called or node.func.attr.value != "type" or ctx.kind(node.func.value).tag not in ("array", "unknown"):
        return None
    return shared_root(node.func.value, ctx)


def _is_int64(node: cst.BaseExpression, ctx) -> bool:
    if not isinstance(node, cst.Attribute):
        return False
    base = ctx.kind(node.value)
    entry = ctx.source.find(ctx.project.canonical(f"{base.name}.{node.attr.value}")) if base.tag == "ref" else None
    return entry is not None and entry.const == "int64"


def _canonical(ctx) -> cst.BaseExpression:
    """The dtype that asking JAX for int64 gives: int32 unless 64-bit types are enabled."""
    return nodes.call(ctx.native("jax.dtypes.canonicalize_dtype"), ctx.native("jax.numpy.int64"))
