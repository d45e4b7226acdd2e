"""``super().forward(x)`` -> ``super().__call__(x)`` and ``super().__init__(...)`` with threaded arguments."""

from __future__ import annotations

import libcst as cst

from .base import rule
from .calls import add_keyword


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
    new = ctx.descend(node)
    ctx.count("kept")
    if name == "__init__":
        if "rngs" in scope.threaded and any(ctx.threading.constructor_takes_rngs(b) for b in info.bases):
            new = add_keyword(new, "rngs", cst.Name("rngs"))
        return new
    if name == ctx.source.settings.get("forward"):
        new = new.with_changes(func=new.func.with_changes(attr=cst.Name(ctx.forward_name)))
    mode = ctx.threading.mode
    if mode and mode in scope.threaded and _base_takes_mode(scope.cls, name, ctx):
        new = add_keyword(new, mode, cst.Name(mode))
    return new


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
