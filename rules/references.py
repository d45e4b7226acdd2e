"""``act_layer=nn.GELU``, ``torch.float32``, ``F.relu`` as values: names that are not called."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import same_literal
from ..s2s.tables import Entry
from .base import rule


@rule(cst.Name, cst.Attribute)
def reference(node: cst.Name | cst.Attribute, ctx) -> cst.BaseExpression | None:
    """Replace a reference to the source framework by the target's, or by a stub."""
    if isinstance(node, cst.Name) and ctx.is_local(node.value):
        return node
    kind = ctx.kind(node)
    name = ctx.project.canonical(kind.name) if kind.tag == "ref" else _constant_name(node, ctx)
    if not name or not ctx.foreign(name):
        if isinstance(node, cst.Name):
            return node
        return None
    entry = ctx.source.find(name)
    if ctx.annotation:
        return _annotation(node, name, entry, ctx)
    if entry is None:
        return ctx.refuse(node, name, f"no {ctx.target.name} counterpart is known")
    found = value_of(entry, ctx)
    if found is None:
        reason = entry.refuse or f"no {ctx.target.name} counterpart is known"
        return ctx.refuse(node, name, reason)
    ctx.count("exact")
    if node.lpar and not found.lpar:
        found = found.with_changes(lpar=node.lpar, rpar=node.rpar)
    return found


def _constant_name(node: cst.BaseExpression, ctx) -> str:
    """The name of a framework constant, whose kind is the constant's and not a reference."""
    if isinstance(node, cst.Attribute):
        base = ctx.kind(node.value)
        if base.tag == "ref":
            name = ctx.project.canonical(f"{base.name}.{node.attr.value}")
            return name if ctx.foreign(name) else ""
    if isinstance(node, cst.Name) and ctx.kind(node).tag in ("dtype", "float"):
        known = ctx.module.names.get(node.value)
        return known.name if known is not None and known.tag == "ref" else ""
    return ""


def value_of(entry: Entry, ctx) -> cst.BaseExpression | None:
    """The target's expression for an entry used as a value."""
    if entry.const:
        native = ctx.target.constants.get(entry.const)
        if native is None:
            return None
        found = ctx.target.entries[native]
        if found.write:
            return nodes.fill(found.write, {}, ctx.imports.template_name)
        if native.startswith("@"):
            return ctx.helper(native[1:])
        return ctx.native(native)
    if entry.type:
        return ctx.type_node(entry.type)
    if entry.fold:
        return nodes.expression(f"(lambda *args, **kwargs: {entry.fold})")
    if entry.drop:
        return nodes.expression("(lambda value, *args, **kwargs: value)")
    op = ctx.hub.get(entry.op)
    if entry.overloads:
        return _overloaded(entry, ctx)
    if op is None:
        return None
    return _function_value(entry, ctx)


def _overloaded(entry: Entry, ctx) -> cst.BaseExpression | None:
    for part in entry.overloads:
        found = _function_value(part, ctx)
        if found is not None:
            return found
    return None


def _function_value(entry: Entry, ctx) -> cst.BaseExpression | None:
    op = ctx.hub.get(entry.op)
    if op is None:
        return None
    written = ctx.target.writes.get(op.name)
    if written is None or written.helper:
        name = written.helper if written is not None else op.name
        if name not in ctx.target.templates:
            return None
        return ctx.helper(name)
    if written.write or written.forms or written.native.startswith("@"):
        return _as_lambda(entry, written, op, ctx)
    if _interchangeable(entry, written, op):
        return ctx.native(written.native)
    return None


def _as_lambda(entry: Entry, written: Entry, op, ctx) -> cst.BaseExpression | None:
    """A one-argument function for an op that has only an expression template."""
    required = [p for p in op.params if p.default is None]
    template = written.write
    if not template or len(required) != 1:
        return None
    values = {
        p.name: cst.Name("x") if p is required[0] else nodes.expression(entry.defaults.get(p.name, p.default))
        for p in op.params
        if "{" + p.name + "}" in template
    }
    body = nodes.fill(template, values, ctx.imports.template_name)
    return nodes.parenthesized(
        cst.Lambda(
            cst.Parameters([cst.Param(cst.Name("x"))]), body,
            whitespace_after_lambda=cst.SimpleWhitespace(" "),
        )
    )  # fmt: skip


def _interchangeable(source: Entry, target: Entry, op) -> bool:
    """Whether calling the target's function with the source's leading positional arguments is the same."""
    for param in op.params:
        ours = source.defaults.get(param.name, param.default)
        theirs = target.defaults.get(param.name, param.default)
        if ours is not None and theirs is not None and not same_literal(ours, theirs):
            return False
    first = [a.canonical for a in source.args[:1]]
    return first == [a.canonical for a in target.args[:1]]


def _annotation(node, name: str, entry: Entry | None, ctx) -> cst.BaseExpression:
    if entry is not None:
        found = value_of(entry, ctx)
        if found is not None and not isinstance(found, cst.Lambda):
            return found
    if name.startswith("typing."):
        return ctx.native(name)
    ctx.count("kept")
    return cst.SimpleString(repr(nodes.code(node)))
