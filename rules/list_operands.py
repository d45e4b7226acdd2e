"""``x == [1, 2]`` -> ``x == torch.tensor([1, 2])``: elsewhere arrays take no lists, or are unequal to them."""

from __future__ import annotations

import libcst as cst

from ..s2s.kinds import NUMBERS, content
from .base import rule


@rule(cst.BinaryOperation)
def list_operand(node: cst.BinaryOperation, ctx) -> None:
    """Arithmetic of an array and a list of numbers; one that is repeated stays a list."""
    repeats = isinstance(node.operator, cst.Multiply) and ctx.source.settings.get("hashable_elements")
    if not (repeats and isinstance(node.left, cst.List) and len(node.left.elements) == 1):
        _as_arrays([node.left, node.right], ctx)


@rule(cst.Comparison)
def compared_list(node: cst.Comparison, ctx) -> None:
    """The same for comparisons."""
    if len(node.comparisons) != 1 or isinstance(node.comparisons[0].operator, (cst.Is, cst.IsNot, cst.In, cst.NotIn)):
        return
    _as_arrays([node.left, node.comparisons[0].comparator], ctx)


def _as_arrays(sides: list[cst.BaseExpression], ctx) -> None:
    """Have lists and tuples written as arrays, where they stand beside one."""
    takes = "takes_lists"
    if not ctx.source.settings.get(takes) or ctx.target.settings.get(takes):
        return
    kinds = [ctx.kind(side) for side in sides]
    if "array" not in (kinds[0].tag, kinds[1].tag):
        return
    for side, kind in zip(sides, kinds):
        if kind.tag not in ("list", "tuple") or id(side) in ctx.substitutes:
            continue
        numbers = content(kind).tag in NUMBERS
        made = ctx.writer.as_array(side) if numbers else ctx.writer.of_op("asarray", obj=side)
        if made is not None:
            ctx.substitutes[id(side)] = made
            ctx.count("exact")
