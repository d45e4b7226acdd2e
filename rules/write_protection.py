"""``x.flags.writeable = False`` goes: other frameworks do not protect arrays, or have none that can be written."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .base import rule


@rule(cst.Assign)
def protected_array(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x.flags.writeable = False``, ``x.flags["WRITEABLE"] = False``."""
    place = node.targets[0].target if len(node.targets) == 1 else None
    if ctx.source.name != "numpy" or not isinstance(place, (cst.Attribute, cst.Subscript)):
        return None
    flags = place.value
    if not isinstance(flags, cst.Attribute) or flags.attr.value != "flags" or not _may_be_array(flags.value, ctx):
        return None
    return _without(node, flags.value, ctx)


@rule(cst.Expr)
def protecting_call(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x.setflags(write=False)``."""
    call = node.value
    if ctx.source.name != "numpy" or not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    if call.func.attr.value != "setflags" or not _may_be_array(call.func.value, ctx):
        return None
    return _without(node, call.func.value, ctx)


def _may_be_array(node: cst.BaseExpression, ctx) -> bool:
    return ctx.kind(node).tag in ("array", "unknown")


def _without(node: cst.CSTNode, array: cst.BaseExpression, ctx) -> Sequence[cst.BaseSmallStatement]:
    if ctx.target.settings.get("mutable_arrays"):
        ctx.count("approximate")
        ctx.note(array, "S2S202", "numpy.ndarray.flags", "arrays are not protected from being written to")
    else:
        ctx.count("exact")
    return []
