"""``class Meta(type):`` of a module class -> ``class Meta(type(nnx.Module)):``, so that the metaclasses agree."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Attribute)
def metaclass_call(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``type.__call__`` inside such a metaclass is the module metaclass's."""
    scope = ctx.scope
    if scope is None or not scope.cls or not node.attr.value.startswith("__"):
        return None
    if ctx.name_of(node.value) != "builtins.type":
        return None
    base = module_metaclass(scope.cls, ctx)
    return None if base is None else node.with_changes(value=base)


def module_metaclass(name: str, ctx) -> cst.BaseExpression | None:
    """``type(nnx.Module)`` when the class is a metaclass of modules in a target that has such a thing."""
    if ctx.target.name == "numpy" or not ctx.threading.is_module_metaclass(name):
        return None
    module = ctx.type_node("module")
    return None if module is None else nodes.call(cst.Name("type"), module)
