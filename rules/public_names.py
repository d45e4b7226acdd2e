"""``__all__ = ["pad", "nmse"]`` without ``pad`` where that is a function of the source which the file only hands on."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .base import rule


@rule(cst.Assign)
def public_names(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Names of the source's functions are not there any more: the project calls their counterparts directly."""
    target = node.targets[0].target
    if ctx.scope is not None or not isinstance(target, cst.Name) or target.value != "__all__":
        return None
    names = node.value
    if not isinstance(names, (cst.List, cst.Tuple)) or not names.elements:
        return None
    kept = [element for element in names.elements if not _is_handed_on(element.value, ctx)]
    if len(kept) == len(names.elements):
        return None
    for element in names.elements:
        if element not in kept:
            name = element.value.evaluated_value
            ctx.note(element.value, "S2S202", name, f"it is a function of {ctx.source.name}, which is not handed on")
    if kept and isinstance(names, cst.List):
        kept[-1] = kept[-1].with_changes(comma=names.elements[-1].comma)
    return [node.with_changes(value=names.with_changes(elements=kept))]


def _is_handed_on(node: cst.BaseExpression, ctx) -> bool:
    """Whether a string names what the file imports from the source's framework, and nothing that it defines."""
    if not isinstance(node, cst.SimpleString):
        return False
    name = str(node.evaluated_value)
    kind = ctx.module.names.get(name)
    if kind is None or kind.tag != "ref" or name in ctx.module.aliases:
        return False
    return ctx.foreign(kind.name) and kind.name.rpartition(".")[2] == name
