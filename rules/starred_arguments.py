"""``np.polyfit(*points.T, 1)`` -> ``(lambda x, y: polyfit(x, y, 1))(*points.T)``: as many as there must be."""

from __future__ import annotations

import libcst as cst

from ..s2s import kinds as k
from ..s2s import nodes
from ..s2s.table_model import Entry
from .base import rule


@rule(cst.Call)
def starred_arguments(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A call of a function with a fixed number of arguments, some of which are unpacked from a sequence."""
    stars = [position for position, arg in enumerate(node.args) if arg.star]
    name = ctx.name_of(node.func)
    if len(stars) != 1 or node.args[stars[0]].star != "*" or not name or not ctx.foreign(name):
        return None
    entry = ctx.source.find(name)
    if entry is None or entry.refuse or entry.order or not (entry.op or entry.overloads):
        return None
    star = node.args[stars[0]]
    kind = ctx.kind(star.value)
    if kind.tag == "tuple" and kind.items and isinstance(star.value, cst.Name):
        parts = [_item(star.value, index) for index in range(len(kind.items))]
        return ctx.visit(_with(node, stars[0], parts))
    if isinstance(star.value, (cst.List, cst.Tuple)) and all(isinstance(e, cst.Element) for e in star.value.elements):
        return ctx.visit(_with(node, stars[0], [element.value for element in star.value.elements]))
    names = _missing(entry, node, stars[0], ctx)
    if len(names) < 2:
        return None
    names = [ctx.unused(each) for each in names]
    inner = _with(node, stars[0], [cst.Name(each) for each in names])
    ctx.infer.push(dict.fromkeys(names, k.element(kind)))
    body = ctx.visit(inner)
    ctx.infer.pop()
    unpacked = [nodes.positional(ctx.visit(star.value)).with_changes(star="*")]
    if isinstance(body, cst.Call) and [nodes.code(arg) for arg in nodes.spaced(body.args)] == _listed(names):
        return body.with_changes(args=unpacked)
    params = cst.Parameters([cst.Param(cst.Name(each)) for each in names])
    return cst.Call(nodes.parenthesized(cst.Lambda(params, body)), unpacked)


def _listed(names: list[str]) -> list[str]:
    """The texts of arguments that are these names in order."""
    return [nodes.code(arg) for arg in nodes.spaced([nodes.positional(cst.Name(name)) for name in names])]


def _item(value: cst.Name, index: int) -> cst.Subscript:
    return cst.Subscript(value, [cst.SubscriptElement(cst.Index(cst.Integer(str(index))))])


def _with(node: cst.Call, at: int, parts: list) -> cst.Call:
    """The call with single arguments in place of the starred one."""
    args = [*node.args[:at], *map(nodes.positional, parts), *node.args[at + 1 :]]
    return node.with_changes(args=nodes.spaced(args))


def _missing(entry: Entry, node: cst.Call, at: int, ctx) -> list[str]:
    """The parameters that the starred argument stands for: those that are required, else all that are left."""
    form = max(entry.overloads or (entry,), key=lambda each: len(each.args))
    if any(arg.variadic for part in entry.overloads or (entry,) for arg in part.args):
        return []
    keywords = {arg.keyword.value for arg in node.args if arg.keyword is not None}
    left = [arg for arg in form.args[at:] if arg.native not in keywords]
    after = sum(arg.keyword is None for arg in node.args[at + 1 :])
    op = ctx.hub.get(form.op)
    params = {param.name: param for param in op.params} if op is not None else {}
    required = [arg for arg in left if (param := params.get(arg.canonical)) is not None and param.default is None]
    count = len(required) - after
    if count < 2 and not after:
        count = len(left)
    return [arg.native for arg in left[: max(count, 0)]]
