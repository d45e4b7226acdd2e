"""``isinstance(m, nn.GroupNorm)``: a class that is only asked for needs no more than its name."""

from __future__ import annotations

import libcst as cst

from .base import rule


@rule(cst.Call)
def type_test(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Classes in isinstance and issubclass tests are noted apart from those that the module uses."""
    name = ctx.name_of(node.func)
    plain = name == "torch.jit.isinstance" and isinstance(node.args[-1].value, (cst.Name, cst.Attribute))
    if len(node.args) != 2 or name not in ("builtins.isinstance", "builtins.issubclass") and not plain:
        return None
    first = ctx.visit(node.args[0])
    ctx.imports.testing = True
    second = ctx.visit(node.args[1])
    ctx.imports.testing = False
    ctx.count("exact" if plain else "kept")
    if plain:  # which tests the elements of containers too
        return node.with_changes(func=cst.Name("isinstance"), args=[first, second])
    if first is node.args[0] and second is node.args[1]:
        return node
    return node.with_changes(args=[first, second])
