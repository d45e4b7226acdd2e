"""``super().forward(x)`` -> ``super().__call__(x)`` and ``super().__init__(...)`` with threaded arguments."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule
from .calls import add_keyword
from .layer_arguments import in_order
from .module_methods import MOVES
from .own_call import called_forward, keeps_forward
from .variables import called_as_forward


@rule(cst.Call)
def super_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Methods of the base class."""
    func = node.func
    if not (isinstance(func, cst.Attribute) and isinstance(func.value, cst.Call)):
        return None
    inner = func.value.func
    if not (isinstance(inner, cst.Name) and inner.value == "super") or ctx.scope is None:
        return None
    scope = ctx.scope
    name = func.attr.value
    info = ctx.project.class_info(scope.cls) if scope.cls else None
    if info is None or not ctx.threading.is_module(scope.cls):
        return None
    if name in MOVES and ctx.source.name == "torch" and not any(ctx.project.method(base, name) for base in info.bases):
        ctx.count("close")
        return cst.Name("self")
    wrapped = called_forward(node, scope.cls, ctx)
    if wrapped is not None:
        return wrapped
    ordered = _of_layer(node, info.bases, ctx) if name == "__init__" else node
    if isinstance(ordered, str):
        return ctx.refuse(node, "super().__init__", ordered)
    new = ctx.descend(ordered)
    ctx.count("kept")
    if name == "__init__":
        if "rngs" in scope.threaded and any(ctx.threading.constructor_takes_rngs(b) for b in info.bases):
            new = add_keyword(new, "rngs", cst.Name("rngs"))
        return new
    forward = name == ctx.source.settings.get("forward") and not keeps_forward(scope.cls, ctx)
    if forward or called_as_forward(name, scope.cls, ctx):
        new = new.with_changes(func=new.func.with_changes(attr=cst.Name(ctx.forward_name)))
    mode = ctx.threading.mode
    if mode and mode in scope.threaded and _base_takes_mode(scope.cls, name, ctx):
        new = add_keyword(new, mode, cst.Name(mode))
    return new


def _of_layer(node: cst.Call, bases: list[str], ctx) -> cst.Call | str:
    """A call of the constructor of a layer of the tables, with its arguments where the helper has them."""
    entry = ctx.source.find(bases[0]) if len(bases) == 1 else None
    template = ctx.target.templates.get(entry.op) if entry is not None else None
    if entry is None or template is None or not ctx.infer.is_hub_layer(entry.op):
        return node
    args = in_order(node.args, entry, template, ctx)
    return args if isinstance(args, str) else node.with_changes(args=nodes.spaced(args))


def _base_takes_mode(cls: str, method: str, ctx) -> bool:
    for base in ctx.project.mro(cls)[1:]:
        info = ctx.project.class_info(base)
        if info is not None:
            if method in info.methods:
                return ctx.threading.training_method(base, method)
            continue
        template = ctx.threading.template_of(base)
        while template is not None:
            if template.call_params:
                return ctx.threading.mode in template.call_params
            template = ctx.target.templates.get(template.bases[0]) if template.bases else None
    return False
