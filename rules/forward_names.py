"""``self.forward`` and ``"forward" in cls.__dict__``: the call method where it is named and not called."""

from __future__ import annotations

import libcst as cst

from .base import rule
from .own_call import keeps_forward
from .reserved import BY_NAME

_BY_NAME = (*BY_NAME, "inspect.getattr_static")
_SIGNATURES = ("inspect.signature", "inspect.getfullargspec")


@rule(cst.Assign)
def forward_assignment(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """``cls.forward = f`` names the target's method; ``self.forward = f`` has no effect in the targets."""
    target = node.targets[0].target
    if len(node.targets) > 1 or not isinstance(target, cst.Attribute) or not _is_forward(target, ctx):
        return None
    if ctx.kind(target.value).tag != "class":
        reason = "calling a module looks the method up in its class: write the choice into forward"
        return cst.Expr(cst.Call(ctx.refuse(target, "torch.nn.Module.forward", reason)))
    value = ctx.visit(node.value)
    return node.with_changes(targets=[node.targets[0].with_changes(target=_renamed(target, ctx))], value=value)


@rule(cst.Attribute)
def forward_attribute(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``f = self.forward`` -> ``f = self.__call__``."""
    return _renamed(node, ctx) if _is_forward(node, ctx) else None


@rule(cst.Call)
def forward_by_name(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``getattr(cls, "forward")`` -> ``getattr(cls, "__call__")``."""
    if ctx.name_of(node.func) not in _BY_NAME or len(node.args) < 2 or not _may_be_module(node.args[0].value, ctx):
        return None
    if not _names_forward(node.args[1].value, ctx):
        return None
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    args[1] = args[1].with_changes(value=_string(ctx))
    ctx.count("exact")
    return node.with_changes(args=args)


@rule(cst.Call)
def forward_signature(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``inspect.signature(layer.call)`` -> ``inspect.signature(layer.forward)`` of a layer of unknown kind."""
    if (
        ctx.name_of(node.func) not in _SIGNATURES
        or len(node.args) != 1
        or not isinstance(node.args[0].value, cst.Attribute)
    ):
        return None
    method = node.args[0].value
    if method.attr.value != ctx.source.settings.get("forward") or ctx.kind(method.value).tag != "unknown":
        return None
    ctx.count("exact")
    return node.with_changes(args=[node.args[0].with_changes(value=_renamed(method, ctx))])


@rule(cst.Comparison)
def forward_member(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``"forward" in cls.__dict__`` -> ``"__call__" in cls.__dict__``."""
    if not _names_forward(node.left, ctx) or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    if not isinstance(other.operator, (cst.In, cst.NotIn)):
        return None
    space = other.comparator
    if not (isinstance(space, cst.Attribute) and space.attr.value == "__dict__" and _may_be_module(space.value, ctx)):
        return None
    return node.with_changes(left=_string(ctx), comparisons=[other.with_changes(comparator=ctx.visit(space))])


def _is_forward(node: cst.Attribute, ctx) -> bool:
    owner = ctx.kind(node.value)
    if node.attr.value != ctx.source.settings.get("forward"):
        return False
    if owner.tag in ("class", "instance") and keeps_forward(owner.name, ctx):
        return False
    known = owner.tag in ("class", "instance") and ctx.infer.is_layer_class(owner.name)
    return known or _is_unknown_class(node, ctx)


def _is_unknown_class(node: cst.Attribute, ctx) -> bool:
    """Whether an attribute is one of ``type(x)``, of which nothing is known: what has a forward is a module."""
    owner = node.value
    return (
        isinstance(owner, cst.Call)
        and ctx.name_of(owner.func) == "builtins.type"
        and len(owner.args) == 1
        and ctx.kind(owner.args[0].value).tag == "unknown"
    )


def _may_be_module(node: cst.BaseExpression, ctx) -> bool:
    kind = ctx.kind(node)
    return kind.tag == "unknown" or (kind.tag in ("class", "instance") and ctx.infer.is_layer_class(kind.name))


def _names_forward(node: cst.BaseExpression, ctx) -> bool:
    return isinstance(node, cst.SimpleString) and node.evaluated_value == ctx.source.settings.get("forward")


def _renamed(node: cst.Attribute, ctx) -> cst.Attribute:
    ctx.count("exact")
    return node.with_changes(value=ctx.visit(node.value), attr=cst.Name(ctx.forward_name))


def _string(ctx) -> cst.SimpleString:
    return cst.SimpleString(f'"{ctx.forward_name}"')
