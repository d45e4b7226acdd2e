"""``handle = layer.register_forward_hook(fn)`` -> ``handle = register_forward_hook(layer, fn)``."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule

_FORWARD = frozenset(("register_forward_hook", "register_forward_pre_hook"))
# They see gradients of what is between layers.
_BACKWARD = frozenset(("register_backward_hook", "register_full_backward_hook", "register_full_backward_pre_hook"))


@rule(cst.Call)
def module_hook(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Hooks into calls of a module; those into its gradients are refused."""
    func = node.func
    if ctx.source.name != "torch" or not isinstance(func, cst.Attribute):
        return None
    name = func.attr.value
    if name not in _FORWARD and name not in _BACKWARD:
        return None
    kind = ctx.kind(func.value)
    of_super = kind.tag == "super" and ctx.threading.is_module(kind.name)
    if not (ctx.infer.is_layer(kind) or of_super or kind.tag == "unknown"):
        return None
    if kind.tag == "instance" and ctx.project.method(kind.name, name) is not None:
        return None
    if name in _BACKWARD:
        reason = "gradients of what layers give are not kept"
        step = "take the gradient of a function of these values"
        return ctx.refuse(node, ctx.module_api(name), reason, step)
    if name not in ctx.target.templates or ctx.target.settings.get("made_anew"):
        return ctx.refuse(node, ctx.module_api(name), f"{ctx.target.name} has no module hooks")
    if any(arg.keyword is not None and arg.keyword.value == "always_call" for arg in node.args):
        return ctx.refuse(node, ctx.module_api(name), "a hook is not called where the module raises")
    ctx.count("close")
    owner = cst.Name("self") if of_super else ctx.visit(func.value)
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=ctx.helper(name), args=nodes.spaced([nodes.positional(owner), *args]))
