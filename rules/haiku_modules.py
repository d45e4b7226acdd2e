"""Classes of haiku as the target's own modules: base classes, parameters, state and lists of layers."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.hoisting.dialects import HAIKU
from ..s2s.lift import Refused, bind
from ..s2s.walk import below
from .base import rule
from .variables import holds_variables

# What asks for the running module, and the method of it that the helpers' base class has.
_METHODS = {"haiku.get_parameter": "param", "haiku.get_state": "get_state", "haiku.set_state": "set_state"}
_POSITIONAL = ("name", "shape", "value")


def native_haiku_base(base: cst.BaseExpression, node: cst.ClassDef, ctx) -> cst.BaseExpression | None:
    """The target's module class for a class of haiku without parameters or state of its own; None for others."""
    if ctx.project.haiku != "native" or ctx.name_of(base) != HAIKU.base or ctx.target.name != "torch":
        return None
    if any(isinstance(part, cst.Call) and ctx.name_of(part.func) in _METHODS for part in below(node)):
        return None
    ctx.count("exact")
    return ctx.native("torch.nn.Module")


@rule(cst.Call)
def own_parameter(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``hk.get_parameter("w", shape, init=jnp.ones)`` -> ``self.param("w", shape, init=torch.ones)``."""
    method = _METHODS.get(ctx.name_of(node.func), "") if ctx.project.haiku == "native" else ""
    if not method:
        return None
    name = ctx.name_of(node.func)
    bound = bind(ctx.source.find(name), node.args, None, ctx.kind)
    if isinstance(bound, Refused):
        return ctx.refuse(node, name, bound.reason, bound.hint)
    ctx.count("exact")
    first = [nodes.positional(ctx.writer.argument(bound, arg)) for arg in _POSITIONAL if arg in bound.args]
    rest = [nodes.keyword(arg, ctx.writer.argument(bound, arg)) for arg in bound.args if arg not in _POSITIONAL]
    func = cst.Attribute(cst.Name("self"), cst.Name(method))
    return node.with_changes(func=func, args=nodes.spaced([*first, *rest]))


@rule(cst.Assign)
def layers_attribute(node: cst.Assign, ctx) -> cst.Assign | None:
    """``self.layers = [hk.Linear(3), hk.Linear(4)]`` -> ``self.layers = nn.ModuleList([...])``, which holds them."""
    if not _are_modules(ctx) or len(node.targets) != 1 or not isinstance(node.value, (cst.List, cst.ListComp)):
        return None
    target = node.targets[0].target
    if not isinstance(target, cst.Attribute) or not _holds_layers(node.value, target.attr.value, ctx):
        return None
    ctx.count("exact")
    value = nodes.call(ctx.native("torch.nn.ModuleList"), ctx.visit(node.value))
    if isinstance(node.value, cst.List) and not node.value.elements:
        value = value.with_changes(args=[])
    return node.with_changes(value=value)


def _holds_layers(value: cst.List | cst.ListComp, name: str, ctx) -> bool:
    """Whether a list has layers, or is filled with some."""
    if isinstance(value, cst.ListComp):
        return _makes_layer(value.elt, ctx)
    if value.elements:
        return all(_makes_layer(element.value, ctx) for element in value.elements)
    calls = (part for part in below(ctx.scope.body) if isinstance(part, cst.Call)) if ctx.scope is not None else ()
    added = (call.args[0].value for call in calls if nodes.code(call.func) == f"self.{name}.append" and call.args)
    return any(_makes_layer(value, ctx) for value in added)


def _makes_layer(node: cst.BaseExpression, ctx) -> bool:
    is_layer = HAIKU.is_layer_class if ctx.project.haiku == "native" else _is_layer_class
    return isinstance(node, cst.Call) and is_layer(ctx.name_of(node.func), ctx.infer)


def _is_layer_class(name: str, infer) -> bool:
    return bool(name) and infer.is_layer_class(name)


def _are_modules(ctx) -> bool:
    """Whether layers are the target's own modules, which lists do not register."""
    if ctx.target.name == "torch" and ctx.scope is not None and ctx.scope.cls and holds_variables(ctx.scope.cls, ctx):
        return True
    return ctx.project.haiku == "native" or any(own.startswith("@keras.") for own in ctx.project.own_layers)
