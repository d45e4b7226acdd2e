"""``if amp: scaler.scale(loss).backward() ... else: loss.backward() ...`` -> the branch without mixed precision."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bare_calls
from .loss_region import is_scaled


def unscaled(body: Sequence[cst.BaseStatement], ctx) -> tuple[list[cst.BaseStatement], frozenset[int]]:
    """A block whose branches that only differ in scaling are one, and the statements (as nodes) that are gone."""
    made: list[cst.BaseStatement] = []
    gone: set[int] = set()
    for node in body:
        branches = _branches(node, ctx)
        if branches is None:
            made.append(node)
            continue
        scaled, plain = branches
        gone.update(id(statement) for statement, _ in bare_calls(scaled.body))
        made.extend(plain.body)
        ctx.count("approximate")
        message = "the branch without mixed precision is kept: both compute the same"
        ctx.note(node.test, "S2S201", "torch.amp.GradScaler", message)
    return made, frozenset(gone)


def _branches(node: cst.BaseStatement, ctx) -> tuple[cst.IndentedBlock, cst.IndentedBlock] | None:
    """The blocks with and without scaling of an ``if`` whose branches take the gradient of the same loss."""
    if not isinstance(node, cst.If) or not isinstance(node.orelse, cst.Else):
        return None
    one, two = node.body, node.orelse.body
    if not isinstance(one, cst.IndentedBlock) or not isinstance(two, cst.IndentedBlock):
        return None
    first, second = _loss(one, ctx), _loss(two, ctx)
    if first is None or second is None or first[0] != second[0] or first[1] == second[1]:
        return None
    return (one, two) if first[1] else (two, one)


def _loss(block: cst.IndentedBlock, ctx) -> tuple[str, bool] | None:
    """The loss that a block begins with taking the gradient of, as text, and whether it is scaled."""
    found = next(bare_calls(block.body[:1]), None)
    func = found[1].func if found is not None else None
    if not isinstance(func, cst.Attribute) or func.attr.value != "backward":
        return None
    if is_scaled(func.value, ctx):
        return nodes.code(func.value.args[0].value), True
    return nodes.code(func.value), False
