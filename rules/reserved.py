"""``self.layers = ...`` -> ``self.layers_ = ...`` where the target's module class reserves the name."""

from __future__ import annotations

import libcst as cst

from ..s2s.hoisting.linen_classes import MODULE
from .base import rule

# The functions that take an attribute's name as text.
BY_NAME = ("builtins.getattr", "builtins.hasattr", "builtins.setattr", "builtins.delattr")


@rule(cst.Attribute)
def reserved_attribute(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """Attributes of modules whose names Keras keeps for itself."""
    name = node.attr.value
    renamed = ctx.attribute_name(name)
    if renamed == name or not ctx.module_attribute(name):
        return None
    kind = ctx.kind(node.value)
    is_self = isinstance(node.value, cst.Name) and node.value.value == "self"
    if is_self and not (ctx.scope is not None and ctx.scope.cls and ctx.threading.is_module(ctx.scope.cls)):
        return None
    owner = ctx.scope.cls if is_self else kind.name
    if owner and (ctx.threading.is_plain(owner) or _is_field(owner, name, ctx)):
        return None
    if not is_self and not ctx.infer.is_layer(kind) and not (kind.tag == "unknown" and name == "layers"):
        return None
    if ctx.infer.is_layer(kind) and ctx.project.method(kind.name, name) is not None:
        return None
    return node.with_changes(value=ctx.visit(node.value), attr=cst.Name(renamed))


@rule(cst.Call)
def reserved_by_name(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``hasattr(self, "weights")`` -> ``hasattr(self, "weights_")``: else the answer would be about Keras' own."""
    if len(node.args) < 2 or ctx.name_of(node.func) not in BY_NAME:
        return None
    owner, text = node.args[0].value, node.args[1].value
    if not isinstance(text, cst.SimpleString) or not str(text.evaluated_value).isidentifier():
        return None
    renamed = reserved_attribute(cst.Attribute(owner, cst.Name(str(text.evaluated_value))), ctx)
    if not isinstance(renamed, cst.Attribute):
        return None
    ctx.count("exact")
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    args[1] = args[1].with_changes(value=cst.SimpleString(f"{text.quote}{renamed.attr.value}{text.quote}"))
    return node.with_changes(args=args)


def _is_field(owner: str, name: str, ctx) -> bool:
    """Whether an attribute is a field of a class of flax.linen that kept its fields: its base class knows the name."""
    lines = ctx.project.mro(owner)
    found = [info for line in lines if (info := ctx.project.class_info(line)) is not None]
    return MODULE in lines and not any(name in info.assigned for info in found)
