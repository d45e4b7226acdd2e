"""``x[[i, j]]`` and ``table[image]`` in PyTorch, for which lists of tensors are tuples and 8-bit tensors are masks."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import ARRAY, INT, NUMBERS, Kind, content, may_be_whole
from .base import rule
from .scalar_elements import changed_in_body

_SMALL = ("int8", "int16", "uint8", "uint16", "uint32", "uint64")


@rule(cst.Subscript)
def ranges(node: cst.Subscript, ctx) -> None:
    """``x[range(n), labels]`` -> ``x[jnp.arange(n), labels]``: only NumPy and PyTorch take ranges as indices."""
    if not ctx.source.settings.get("hashable_elements") or ctx.target.name not in ("jax", "tensorflow"):
        return
    for element in node.slice if ctx.kind(node.value).tag in ("array", "unknown") else ():
        value = element.slice.value if isinstance(element.slice, cst.Index) else None
        if not isinstance(value, cst.Call) or ctx.name_of(value.func) != "builtins.range":
            continue
        given = [arg.value for arg in value.args]
        ctx.substitutes[id(value)] = ctx.writer.of_op("arange", **dict(zip(("start", "stop", "step"), given)))


@rule(cst.Subscript)
def picked_elements(node: cst.Subscript, ctx) -> None:
    """Have lists that may hold tensors, and arrays of small integers, written as indices that pick elements."""
    if ctx.target.name != "torch" or not ctx.source.settings.get("hashable_elements"):
        return
    owner = ctx.kind(node.value).tag
    if owner not in ("array", "unknown"):
        return
    for element in node.slice:
        value = element.slice.value if isinstance(element.slice, cst.Index) else None
        if value is None or element.slice.star or id(value) in ctx.substitutes:
            continue
        kind = ctx.kind(value)
        held = not isinstance(value, cst.Call)
        if kind.tag == "list" and held and content(kind).tag != "str" and not _is_of_numbers(value, ctx):
            ctx.substitutes[id(value)] = nodes.call(ctx.helper("element_list"), ctx.visit(value))
        elif kind.tag == "array" and kind.name in _SMALL:
            ctx.substitutes[id(value)] = ctx.writer.of_op("astype", x=value, dtype=cst.SimpleString("'int64'"))
        elif owner == "array" and ctx.names_bytes and _may_be_bytes(value, kind):
            ctx.substitutes[id(value)] = nodes.call(ctx.helper("element_index"), ctx.visit(value))


def _may_be_bytes(value: cst.BaseExpression, kind: Kind) -> bool:
    """Whether an index is an array of unknown dtype, or a name of unknown kind."""
    return kind == ARRAY or may_be_whole(kind) or not kind and isinstance(value, cst.Name)


def _is_of_numbers(value: cst.BaseExpression, ctx) -> bool:
    """Whether a list surely holds numbers alone: one that is written down, or that nothing adds to."""
    if isinstance(value, cst.List):
        return all(ctx.kind(part.value).tag in (*NUMBERS, "list") for part in value.elements)
    if content(ctx.kind(value)) != INT:
        return False
    return not isinstance(value, cst.Name) or value.value not in changed_in_body(ctx)
