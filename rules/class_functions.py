"""``conv = torch.conv2d`` in a class -> ``conv = staticmethod(conv2d)``: functions in Python would become methods."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .base import rule


@rule(cst.Assign)
def class_function(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """A function of the framework as a class attribute: PyTorch's are not bound to objects, those of the target are."""
    value = node.value
    if not ctx.in_class_body or not isinstance(value, (cst.Name, cst.Attribute)):
        return None
    kind = ctx.kind(value)
    name = ctx.project.canonical(kind.name) if kind.tag == "ref" else ""
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    op = None if entry is None else ctx.hub.get(entry.overloads[0].op if entry.overloads else entry.op)
    if op is None or op.layer:
        return None
    return [node.with_changes(value=cst.Call(cst.Name("staticmethod"), [cst.Arg(ctx.visit(value))]))]
