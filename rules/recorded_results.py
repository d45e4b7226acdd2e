"""``return loss`` of a tape -> ``return loss.detach()``: a tape ends with its function, PyTorch's graph does not."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s.dataflow import bound_names, dotted_path
from .base import rule
from .gradient_tape import recorded_by_another
from .training_step import outside_of


@rule(cst.Return)
def recorded_result(node: cst.Return, ctx) -> None:
    """What a function returns of the blocks of its tapes, where no other tape records it."""
    scope = ctx.scope.name if ctx.scope is not None else ""
    tapes = {name: tape for (place, name), tape in ctx.tapes.items() if place == scope and tape.lines}
    if not tapes or node.value is None or recorded_by_another("", ctx):
        return
    lines = [line for tape in tapes.values() for line in tape.lines]
    inside = {name for line in lines for name in bound_names(line)}
    outside = {name for line in outside_of(ctx.enclosing.body, lines) for name in bound_names(line)}
    finder = _Targets(frozenset(tapes))
    ctx.enclosing.visit(finder)
    for value in _returned(node.value):
        recorded = value.value in inside - outside and id(value) not in ctx.substitutes
        if recorded and (value.value in finder.found or ctx.kind(value).tag == "array"):
            ctx.substitutes[id(value)] = cst.Call(cst.Attribute(ctx.visit(value), cst.Name("detach")))


def _returned(node: cst.BaseExpression) -> Iterator[cst.Name]:
    """The names that a value consists of."""
    if isinstance(node, cst.Name):
        yield node
    elif isinstance(node, (cst.Tuple, cst.List, cst.Dict)):
        for element in node.elements:
            if isinstance(element, (cst.Element, cst.DictElement)):
                yield from _returned(element.value)


class _Targets(cst.CSTVisitor):
    """The names that gradients are taken of: they are tensors."""

    def __init__(self, tapes: frozenset[str]) -> None:
        super().__init__()
        self.tapes, self.found = tapes, set[str]()

    def visit_Call(self, node: cst.Call) -> None:
        owner, _, method = dotted_path(node.func).rpartition(".")
        if owner in self.tapes and method == "gradient" and node.args and isinstance(node.args[0].value, cst.Name):
            self.found.add(node.args[0].value.value)
