"""``x.type(torch.LongTensor)`` -> ``x.astype(jnp.int64)``: classes of arrays of one dtype stand for it.

``model.to(memory_format=torch.channels_last)`` -> ``model``: how values lie in memory is the target's affair.
"""

from __future__ import annotations

import libcst as cst

from .base import rule
from .calls import TYPED_ARRAYS


@rule(cst.Call)
def typed_cast(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A cast of an array, or of a value of unknown kind, to such a class, or to its name as a text."""
    func = node.func
    if ctx.source.name != "torch" or not isinstance(func, cst.Attribute) or func.attr.value != "type":
        return None
    if len(node.args) != 1 or node.args[0].star or ctx.kind(func.value).tag not in ("array", "unknown"):
        return None
    given = node.args[0].value
    name = str(given.evaluated_value) if isinstance(given, cst.SimpleString) else ctx.name_of(given)
    place, _, last = name.rpartition(".")
    if place not in ("torch", "torch.cuda") or last not in TYPED_ARRAYS or last == "Tensor":
        return None
    made = ctx.writer.of_op("astype", x=func.value, dtype=cst.SimpleString(repr(TYPED_ARRAYS[last])))
    if made is not None:
        ctx.count("exact")
    return made


@rule(cst.Call)
def layout_cast(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """What only arrays and modules are asked, of values of any kind."""
    func = node.func
    if ctx.source.name != "torch" or not isinstance(func, cst.Attribute) or func.attr.value not in ("to", "contiguous"):
        return None
    if len(node.args) != 1 or node.args[0].keyword is None or node.args[0].keyword.value != "memory_format":
        return None
    ctx.count("exact")
    return ctx.visit(func.value)
