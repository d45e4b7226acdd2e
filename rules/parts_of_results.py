"""``f(x)[mask] = v``: a part of what a function gives is changed, which no name holds."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst


def part_of_result(target: cst.Subscript, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Refuses it where the function gives an array, which cannot be changed; tells it where it may be a list."""
    of_call = isinstance(target.value, cst.Call) and ctx.kind(target.value).tag == "unknown"
    if not of_call or ctx.source.name != "torch" or ctx.target.settings.get("mutable_arrays"):
        return None
    if not any(_is_of_arrays(e, ctx) for e in target.slice):
        if isinstance(target.slice[0].slice, cst.Slice):
            message = "if the function gives an array and no list, this raises: arrays are immutable"
            ctx.note(target, "S2S203", ctx.array_api("__setitem__"), message, "give the array a name, and return it")
        return None
    reason = "the array that a function gives is changed, and arrays cannot be"
    return ctx.refuse_statement(target, ctx.array_api("__setitem__"), reason)


def _is_of_arrays(element: cst.SubscriptElement, ctx) -> bool:
    """Whether an index is one that arrays alone take: a mask, an array, one of several."""
    if isinstance(element.comma, cst.Comma) or not isinstance(element.slice, cst.Index):
        return isinstance(element.comma, cst.Comma)
    value = element.slice.value
    return isinstance(value, (cst.Comparison, cst.Ellipsis)) or ctx.kind(value).tag == "array"
