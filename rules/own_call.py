"""Modules with a ``__call__`` of their own around ``forward``: it calls ``self.forward``, which keeps its name."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes

_CALL = "__call__"


def keeps_forward(cls: str, ctx) -> bool:
    """Whether objects of a class are called by a method that the project wrote, which is not the target's forward."""
    return ctx.forward_name == _CALL and has_own_call(cls, ctx)


def has_own_call(cls: str, ctx) -> bool:
    """Whether calling an object of a class does more than calling its ``forward``."""
    return ctx.source.name == "torch" and any(_defines(base, _CALL, ctx) for base in ctx.project.mro(cls) if cls)


def called_forward(node: cst.Call, cls: str, ctx) -> cst.BaseExpression | None:
    """``super().__call__(x)`` -> ``self.forward(x)``, where PyTorch's own ``__call__`` is meant."""
    assert isinstance(node.func, cst.Attribute)
    if node.func.attr.value != _CALL or not keeps_forward(cls, ctx):
        return None
    above = ctx.project.mro(cls)[1:]
    if any(_defines(base, _CALL, ctx) for base in above):
        return None
    if any(_defines(base, ctx.source.settings["forward"], ctx) for base in above):
        reason = "a base class has a forward, which is the __call__ of its objects here"
        return ctx.refuse(node, ctx.module_api(_CALL), reason, "give the method around it another name")
    ctx.count("exact")
    new = ctx.descend(node)
    return new.with_changes(func=nodes.dotted("self.forward"))


def _defines(cls: str, method: str, ctx) -> bool:
    info = ctx.project.class_info(cls)
    return info is not None and method in info.methods
