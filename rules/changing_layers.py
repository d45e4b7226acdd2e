"""What a call of a layer does to its argument in PyTorch, by what the project says of the layer."""

from __future__ import annotations

import libcst as cst

from ..s2s.changing_layers import FIRST, HOLDER, LAYER
from ..s2s.nodes import is_name, is_of_self
from ..s2s.walk import below

__all__ = ["FIRST", "HOLDER", "LAYER", "effect_of"]

_ITERATED = ("enumerate", "zip", "reversed", "list")


def effect_of(func: cst.BaseExpression, ctx) -> str:
    """Whether what is called is such a layer, a sequence that begins with one, or may be one; '' otherwise."""
    if isinstance(func, cst.Subscript):
        return HOLDER if effect_of(func.value, ctx) else ""
    if isinstance(func, cst.Name):
        return _of_name(func, ctx)
    own = isinstance(func, cst.Attribute) and is_of_self(func)
    if not own or ctx.scope is None or not ctx.threading.is_module(ctx.scope.cls):
        return ""
    return _of_attribute(func.attr.value, ctx.scope.cls, ctx) or _of_class(ctx.kind(func), ctx)


def _of_attribute(name: str, cls: str, ctx) -> str:
    """What the classes that a class is made of, of any file, give an attribute of ``self``."""
    infos = (ctx.project.class_info(base) for base in ctx.project.mro(cls))
    methods = [method for info in infos if info is not None for method in info.methods.values()]
    found = {method.changing.get(f"self.{name}", "") for method in methods} - {""}
    return found.pop() if len(found) == 1 else HOLDER if found else ""


def _of_class(kind, ctx) -> str:
    """Whether the forward of a class of the project hands its argument to such a layer."""
    info = ctx.project.class_info(kind.name) if kind.tag == "instance" else None
    forward = ctx.project.method(info.name, ctx.source.settings.get("forward", "")) if info is not None else None
    if forward is None:
        return ""
    return HOLDER if any(_of_attribute(name, info.name, ctx) for name in forward.first_calls) else ""


def _of_name(node: cst.Name, ctx) -> str:
    """What a function, or the module, gives a name; an element of a container that a loop goes through."""
    if ctx.scope is None:
        return ""
    if ctx.is_local(node.value):
        info = ctx.scope.info
        found = info.changing.get(node.value, "") if info is not None else ""
        return found or _of_loops(node.value, ctx)
    return ctx.module.changing.get(node.value, "")


def _of_loops(name: str, ctx) -> str:
    """Whether a name is bound by a loop through what holds such layers."""
    place = id(ctx.scope.body)
    if place not in ctx.looped:
        finder = _Loops()
        ctx.scope.body.visit(finder)
        ctx.looped[place] = finder.found
    return HOLDER if any(effect_of(each, ctx) for each in ctx.looped[place].get(name, ())) else ""


class _Loops(cst.CSTVisitor):
    """Collects what loops go through, by the names that they bind."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[cst.BaseExpression]] = {}

    def visit_For(self, node: cst.For) -> None:
        through, sources = [node.iter], []
        while through:
            each = through.pop()
            if isinstance(each, cst.Call) and is_name(each.func, *_ITERATED):
                through.extend(arg.value for arg in each.args)
            else:
                sources.append(each)
        for name in below(node.target):
            if isinstance(name, cst.Name):
                self.found.setdefault(name.value, []).extend(sources)
