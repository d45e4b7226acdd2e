"""``abs(x)`` of an array, where derivatives at kinks are kept: the target's own ``abs`` has another one at zero."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinks import is_differentiable
from .base import rule


@rule(cst.Call)
def absolute_value(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``abs(x)`` -> ``absolute(x)``, as for ``torch.abs(x)``."""
    if len(node.args) != 1 or ctx.name_of(node.func) != "builtins.abs":
        return None
    helper, kind = ctx.writer.kink_helper(ctx.hub["abs"]), ctx.kind(node.args[0].value)
    if not helper or kind.tag != "array" or not is_differentiable(kind):
        return None
    ctx.count("exact")
    return nodes.call(ctx.helper(helper), ctx.visit(node.args[0].value))
