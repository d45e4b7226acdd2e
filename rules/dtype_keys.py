"""``x.dtype in {torch.float16}``: a dtype and the type that names it are equal, but hash apart, in JAX and NumPy."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import DTYPE
from .base import rule

_MAKERS = {"jax": "jax.numpy.dtype", "numpy": "numpy.dtype"}
_LOOKUPS = ("get", "pop", "setdefault")


@rule(cst.Set)
def dtype_set(node: cst.Set, ctx) -> cst.BaseExpression | None:
    """``{torch.float16, torch.float32}`` -> ``{jnp.dtype(jnp.float16), jnp.dtype(jnp.float32)}``."""
    if not any(_is_key(e.value, ctx) for e in node.elements):
        return None
    return node.with_changes(elements=[e.with_changes(value=_key(e.value, ctx)) for e in node.elements])


@rule(cst.Dict)
def dtype_dict(node: cst.Dict, ctx) -> cst.BaseExpression | None:
    """``{torch.float16: 1}`` -> ``{jnp.dtype(jnp.float16): 1}``."""
    if not any(isinstance(e, cst.DictElement) and _is_key(e.key, ctx) for e in node.elements):
        return None
    elements = []
    for element in node.elements:
        changes = {"value": ctx.visit(element.value)}
        if isinstance(element, cst.DictElement):
            changes["key"] = _key(element.key, ctx)
        elements.append(element.with_changes(**changes))
    return node.with_changes(elements=elements)


@rule(cst.Subscript)
def dtype_index(node: cst.Subscript, ctx) -> cst.BaseExpression | None:
    """``table[x.dtype]`` -> ``table[jnp.dtype(x.dtype)]``."""
    if ctx.kind(node.value).tag != "dict" or len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return None
    index = node.slice[0].slice
    if not _is_key(index.value, ctx):
        return None
    element = node.slice[0].with_changes(slice=index.with_changes(value=_key(index.value, ctx)))
    return node.with_changes(value=ctx.visit(node.value), slice=[element])


@rule(cst.Call)
def dtype_lookup(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``table.get(dtype)`` -> ``table.get(jnp.dtype(dtype))``."""
    func = node.func
    if not isinstance(func, cst.Attribute) or func.attr.value not in _LOOKUPS or not node.args:
        return None
    if ctx.kind(func.value).tag != "dict" or not _is_key(node.args[0].value, ctx):
        return None
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    args[0] = args[0].with_changes(value=_key(node.args[0].value, ctx))
    return node.with_changes(func=ctx.descend(func), args=args)


@rule(cst.Comparison)
def dtype_member(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``dtype in {torch.float16}`` -> ``jnp.dtype(dtype) in {jnp.dtype(jnp.float16)}``."""
    if len(node.comparisons) != 1 or not _is_key(node.left, ctx):
        return None
    other = node.comparisons[0]
    if not isinstance(other.operator, (cst.In, cst.NotIn)):
        return None
    if not isinstance(other.comparator, cst.Set) and ctx.kind(other.comparator).tag != "dict":
        return None
    comparisons = [other.with_changes(comparator=ctx.visit(other.comparator))]
    return node.with_changes(left=_key(node.left, ctx), comparisons=comparisons)


def _is_key(node: cst.BaseExpression, ctx) -> bool:
    return ctx.target.language in _MAKERS and ctx.kind(node) == DTYPE


def _key(node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """The expression as a dtype object; one that is read from an array is one already."""
    value = ctx.visit(node)
    known = not _is_key(node, ctx) or isinstance(node, cst.Attribute) and node.attr.value == "dtype"
    refused = isinstance(value, cst.Call) and nodes.code(value.func).endswith("not_converted")
    return value if known or refused else nodes.call(ctx.native(_MAKERS[ctx.target.language]), value)
