"""``y = step(x, dt)`` where ``step`` changes x too: refused where x is read afterwards and arrays are immutable."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from ..s2s import nodes
from ..s2s.liveness import flow_of
from ..s2s.project import FunctionInfo
from .base import rule
from .changed_arguments import argument_places, callee


@rule(cst.Call)
def altering_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A call of a function that gives a value back and changes arrays that it is given."""
    if ctx.target.settings.get("mutable_arrays") or not ctx.source.settings.get("returns_changed"):
        return None
    info = callee(node, ctx)
    if info is None:
        _constructed(node, ctx)
        return None
    altered = {name: items for name, items in info.alters.items() if name not in info.changes and name != info.fills}
    places = argument_places(node, info, ctx) if altered else None
    for name, items in altered.items() if places else ():
        place = places.get(name)
        if not isinstance(place, (cst.Name, cst.Attribute)) or not _read_again(node, place, ctx):
            continue
        kind = ctx.kind(place)
        if kind.tag == "array" and kind.name != "variable":
            reason = f"it changes '{nodes.code(place)}' for its caller, and arrays are immutable"
            return ctx.refuse(node, nodes.code(node.func), reason, "use what it returns, or hand it a copy")
        if kind.tag == "unknown" and items:
            message = f"if '{nodes.code(place)}' is an array, it is not changed: arrays are immutable"
            ctx.note(node, "S2S203", nodes.code(node.func), message, "use the returned value")
    return None


def _constructed(node: cst.Call, ctx) -> None:
    """Tell of an array that an object keeps and changes, and that is read elsewhere too."""
    made = ctx.kind(node.func)
    owner = ctx.project.class_info(ctx.project.canonical(made.name)) if made.tag in ("ref", "class") else None
    info = owner.methods.get("__init__") if owner is not None else None
    if info is None or not owner.kept:
        return
    for name, place in (argument_places(node, _unbound(info), ctx) or {}).items():
        if name in owner.kept and isinstance(place, cst.Name) and ctx.kind(place).tag == "array":
            if _read_again(node, place, ctx):
                message = f"'{place.value}' is not changed with the object that keeps it: arrays are immutable"
                ctx.note(node, "S2S203", nodes.code(node.func), message, "read the object's attribute")


def _unbound(info: FunctionInfo) -> FunctionInfo:
    """A constructor without the object that it makes."""
    return replace(info, params=info.params[1:])


def _read_again(call: cst.Call, place: cst.Name | cst.Attribute, ctx) -> bool:
    """Whether the array that a call is given is read again: in the statement at hand, or after it."""
    statement = ctx.small_statement
    targets = [target.target for target in statement.targets] if isinstance(statement, cst.Assign) else []
    if any(target.deep_equals(place) for target in targets):
        return False
    if isinstance(place, cst.Attribute):
        return not any(isinstance(part, cst.Attribute) and part.deep_equals(place) for part in targets)
    if statement is not None and _count(statement, place.value) > _count(call, place.value):
        return True
    if ctx.scope is not None and ctx.scope.body is not None:
        return ctx.read_after(place.value) or place.value in ctx.scope.slices
    return flow_of(ctx.whole).read_later(place.value, statement)


def _count(node: cst.CSTNode, name: str) -> int:
    found = _Names(name)
    node.visit(found)
    return found.count


class _Names(cst.CSTVisitor):
    """How often an expression reads a name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.count = 0

    def visit_Name(self, node: cst.Name) -> None:
        self.count += node.value == self.name

    def visit_Attribute_attr(self, node: cst.Attribute) -> None:
        self.count -= node.attr.value == self.name
