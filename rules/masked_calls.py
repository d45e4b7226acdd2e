"""``np.divide(a, b, out=np.zeros_like(a), where=b > 0)`` -> ``torch.where(b > 0, a / b, torch.zeros_like(a))``."""

from __future__ import annotations

import libcst as cst

from .base import rule

# Methods that give an array of their own.
_COPIES = ("copy", "astype")


@rule(cst.Call)
def masked_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A function of NumPy that fills the part of a new array that a mask names."""
    given = {arg.keyword.value: arg for arg in node.args if arg.keyword is not None}
    if ctx.source.name != "numpy" or "where" not in given or "out" not in given:
        return None
    name, out = ctx.name_of(node.func), given["out"].value
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    op = ctx.hub.get(entry.op) if entry is not None else None
    if op is None or op.topic != "elementwise" or not _is_new(out, ctx):
        return None
    made = masked(node, given["where"], out, ctx)
    if made is not None:
        ctx.count("exact")
    return made


def masked(node: cst.Call, where: cst.Arg, out: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """What ``out`` holds after a call: results where the mask holds, else what it had."""
    rest = [arg for arg in node.args if arg is not where and arg.value is not out]
    rest[-1] = rest[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return ctx.writer.of_op("where", condition=where.value, x1=node.with_changes(args=rest), x2=out)


def _is_new(out: cst.BaseExpression, ctx) -> bool:
    """Whether an expression makes an array that nothing else holds."""
    if not isinstance(out, cst.Call) or ctx.kind(out).tag != "array":
        return False
    if isinstance(out.func, cst.Attribute) and not ctx.name_of(out.func):
        return out.func.attr.value in _COPIES
    entry = ctx.source.find(ctx.name_of(out.func))
    op = ctx.hub.get(entry.op) if entry is not None else None
    return op is not None and op.topic == "creation"
