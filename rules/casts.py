"""``jnp.float32(x)``: a dtype that is called makes an array of that dtype."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import DTYPE
from ..s2s.lift import Bound
from ..s2s.table_model import Entry
from .base import rule


@rule(cst.Call)
def cast_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``jnp.float32(x)`` -> ``x.to(torch.float32)``; of a number, ``torch.as_tensor(1, dtype=torch.float32)``."""
    if not ctx.source.settings.get("callable_dtypes") or len(node.args) > 1:
        return None
    if not ctx.infer.dtype_name(node.func) and ctx.kind(node.func) != DTYPE:
        return None
    if isinstance(node.func, cst.Name) and node.func.value in ctx.source.dtype_names:
        return None
    if node.args and (node.args[0].keyword is not None or node.args[0].star):
        return ctx.refuse(node, nodes.code(node.func), "only a cast of one value is converted")
    value = node.args[0].value if node.args else cst.Integer("0")
    array = ctx.kind(value).tag == "array"
    op, first = ("astype", "x") if array else ("as_tensor", "obj")
    bound = Bound(
        Entry(op, op),
        {first: value, "dtype": node.func},
        positional=frozenset((first, "dtype")),
    )
    return ctx.spell(bound, node, nodes.code(node.func))
