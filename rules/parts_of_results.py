"""``f(x)[mask] = v``: a part of what a function gives is changed, which no name holds."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst


def part_of_result(target: cst.Subscript, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Refuses it where the function may give an array, which cannot be changed."""
    of_call = isinstance(target.value, cst.Call) and ctx.kind(target.value).tag == "unknown"
    if not of_call or ctx.source.name != "torch" or not any(_is_of_arrays(e, ctx) for e in target.slice):
        return None
    reason = "the array that a function gives is changed, and arrays cannot be"
    return ctx.refuse_statement(target, ctx.array_api("__setitem__"), reason)


def _is_of_arrays(element: cst.SubscriptElement, ctx) -> bool:
    """Whether an index is one that arrays alone take: a mask, an array, one of several."""
    if isinstance(element.comma, cst.Comma) or not isinstance(element.slice, cst.Index):
        return isinstance(element.comma, cst.Comma)
    value = element.slice.value
    return isinstance(value, (cst.Comparison, cst.Ellipsis)) or ctx.kind(value).tag == "array"
