"""``from torch.fft import rfft`` beside ``rfft = None`` in a function -> ``rfft = jnp.fft.rfft``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule
from .references import value_of


@rule(cst.ImportFrom)
def chosen_import(node: cst.ImportFrom, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """An import of names that the same function binds otherwise too, which are local variables then."""
    info = ctx.scope.info if ctx.scope is not None else None
    if info is None or node.relative or node.module is None or isinstance(node.names, cst.ImportStar):
        return None
    names = {nodes.code(alias.name): alias for alias in node.names}
    local = {name: nodes.code(a.asname.name) if a.asname else name for name, a in names.items()}
    if not any(own in info.imported_too for own in local.values()):
        return None
    full = {name: f"{nodes.code(node.module)}.{name}" for name in names}
    if not all(ctx.foreign(each) for each in full.values()):
        return None
    made = [
        cst.Assign([cst.AssignTarget(cst.Name(own))], _value(node, full[name], ctx))
        for name, own in local.items() if own in info.imported_too
    ]
    ctx.imports.rewrite(node)
    return made


def _value(node: cst.ImportFrom, name: str, ctx) -> cst.BaseExpression:
    """What a name of the framework is in the target, or what raises where it is used."""
    entry = ctx.source.find(name)
    found = value_of(entry, ctx) if entry is not None and not entry.refuse else None
    if found is not None:
        ctx.count("exact")
        return found
    reason = entry.refuse if entry is not None and entry.refuse else f"no {ctx.target.name} counterpart is known"
    return ctx.refuse(cst.parse_expression(name), name, reason)
