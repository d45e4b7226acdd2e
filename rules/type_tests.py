"""``isinstance(m, nn.GroupNorm)``: a class that is only asked for needs no more than its name."""

from __future__ import annotations

import libcst as cst

from .base import rule


@rule(cst.Call)
def type_test(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Classes in isinstance and issubclass tests are noted apart from those that the module uses."""
    if len(node.args) != 2 or ctx.name_of(node.func) not in ("builtins.isinstance", "builtins.issubclass"):
        return None
    first = ctx.visit(node.args[0])
    ctx.imports.testing = True
    second = ctx.visit(node.args[1])
    ctx.imports.testing = False
    ctx.count("kept")
    if first is node.args[0] and second is node.args[1]:
        return node
    return node.with_changes(args=[first, second])
