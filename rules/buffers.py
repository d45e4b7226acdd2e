"""``self.mean = value`` -> ``self.mean = Buffer(value)``: what is assigned to a buffer of a module becomes one."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Assign)
def buffer_assignment(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """An attribute that the class registers as a buffer, which would lose its place in the state."""
    if ctx.source.name != "torch" or ctx.target.name != "jax" or len(node.targets) != 1:
        return None
    target = node.targets[0].target
    if not isinstance(target, cst.Attribute) or not isinstance(target.value, cst.Name) or target.value.value != "self":
        return None
    persistent = _persistent(target.attr.value, ctx)
    if persistent is None or _is_buffer_already(node.value, ctx):
        return None
    ctx.count("exact")
    extra = {} if persistent else {"persistent": cst.Name("False")}
    value = nodes.call(ctx.helper("Buffer"), ctx.visit(node.value), **extra)
    return node.with_changes(targets=[ctx.visit(node.targets[0])], value=value)


@rule(cst.Assign)
def made_buffer(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """``self.mean = nn.Buffer(m)`` -> ``self.register_buffer("mean", m)`` where arrays do not tell what they are."""
    target, call = node.targets[0].target, node.value
    if ctx.target.name != "numpy" or len(node.targets) != 1 or not nodes.is_of_self(target):
        return None
    entry = ctx.source.find(ctx.name_of(call.func)) if isinstance(call, cst.Call) and ctx.name_of(call.func) else None
    if entry is None or entry.op != "Buffer" or not ctx.threading.is_module(ctx.scope.cls if ctx.scope else ""):
        return None
    ctx.count("exact")
    name = cst.SimpleString(f'"{cst.ensure_type(target, cst.Attribute).attr.value}"')
    args = [nodes.positional(name), *(ctx.visit(arg) for arg in call.args)]
    args[1] = nodes.positional(args[1].value)
    return cst.Expr(cst.Call(nodes.dotted("self.register_buffer"), nodes.spaced(args)))


@rule(cst.Assign, cst.Return)
def kept_buffer(node: cst.Assign | cst.Return, ctx) -> cst.BaseSmallStatement | None:
    """``old = self.mean`` -> ``old = tf.convert_to_tensor(self.mean)``: assigning changes the variable itself."""
    names = isinstance(node, cst.Return) or all(isinstance(t.target, cst.Name) for t in node.targets)
    if ctx.source.name != "torch" or ctx.target.name != "tensorflow" or not names or node.value is None:
        return None
    parts = node.value.elements if isinstance(node.value, cst.Tuple) else [cst.Element(node.value)]
    for part in parts:
        if _is_replaced(part.value, ctx):
            ctx.substitutes[id(part.value)] = nodes.call(ctx.native("tensorflow.convert_to_tensor"), part.value)
    return None


def _is_replaced(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is a buffer of the class that gets new values by assignment."""
    if not isinstance(node, cst.Attribute) or not isinstance(node.value, cst.Name) or node.value.value != "self":
        return False
    if _persistent(node.attr.value, ctx) is None:
        return False
    infos = map(ctx.project.class_info, ctx.project.mro(ctx.scope.cls))
    return sum(len(info.assigned.get(node.attr.value, ())) for info in infos if info is not None) > 1


def _persistent(name: str, ctx) -> bool | None:
    """Whether the buffer of this name is persistent; None where no class registers one that always has a value."""
    cls = ctx.scope.cls if ctx.scope is not None else ""
    if not cls or not ctx.threading.is_module(cls) or not ctx.stays_buffer(cls, name):
        return None
    infos = map(ctx.project.class_info, ctx.project.mro(cls))
    return next(info.buffers[name] for info in infos if info is not None and name in info.buffers)


def _is_buffer_already(value: cst.BaseExpression, ctx) -> bool:
    """Whether a value is a variable, None, or what an in-place method gives: the buffer itself."""
    kind = ctx.kind(value)
    if kind.name == "variable" or kind.tag in ("none", "instance"):
        return True
    return isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value.endswith("_")
