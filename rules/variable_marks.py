"""``p.no_decay = True`` -> ``p.set_metadata("no_decay", True)``: marks that a project puts on its parameters."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule

# What PyTorch itself reads.
_OWN = frozenset(("data", "grad", "requires_grad", "value"))


@rule(cst.Assign)
def marked_variable(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """An attribute of a parameter or buffer: flax has metadata for it, and arrays take none."""
    target = node.targets[0].target
    if ctx.source.name != "torch" or len(node.targets) != 1 or not isinstance(target, cst.Attribute):
        return None
    if ctx.kind(target.value).name != "variable" or target.attr.value in _OWN:
        return None
    if ctx.target.name == "jax":
        ctx.count("exact")
        place = cst.Attribute(ctx.visit(target.value), cst.Name("set_metadata"))
        return [cst.Expr(nodes.call(place, cst.SimpleString(f'"{target.attr.value}"'), ctx.visit(node.value)))]
    if ctx.target.name not in ("numpy", "haiku"):
        return None
    ctx.count("approximate")
    message = f"arrays have no attributes of their own: '{target.attr.value}' is left out"
    ctx.note(node, "S2S202", "torch.nn.Parameter", message)
    return []
