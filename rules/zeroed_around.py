"""Gradients that are zeroed before the branch that takes them: ``zero_grad()``, then ``if phase == "train":``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from ..s2s.dataflow import bare_calls, inner_bodies


def zeroed_around(body: Sequence[cst.BaseStatement], whole: cst.CSTNode) -> frozenset[int]:
    """The calls of ``zero_grad`` before the branches that a block is, after which nothing takes gradients."""
    found: set[int] = set()
    block: Sequence[cst.CSTNode] = body
    while True:
        around = (pair for pair in _blocks_with(whole) if any(b[0] is block[0] for b in inner_bodies(pair[1])))
        holder = next(around, None)
        if holder is None or not isinstance(holder[1], (cst.If, cst.With, cst.Else)):
            return frozenset(found)
        block, line = holder
        place = next(i for i, each in enumerate(block) if each is line)
        for each in reversed(block[:place]):
            called = [call for _, call in bare_calls([each])]
            if any(_method(call) in ("backward", "step") for call in called):
                return frozenset(found)
            is_line = isinstance(each, cst.SimpleStatementLine)
            found.update(id(call) for call in called if is_line and _method(call) == "zero_grad")


def _blocks_with(whole: cst.CSTNode) -> Iterator[tuple[Sequence[cst.CSTNode], cst.CSTNode]]:
    """The statements of a function that hold blocks, with the block that each is in."""
    todo = [whole.body if not isinstance(whole.body, cst.BaseSuite) else whole.body.body]
    while todo:
        block = todo.pop()
        for line in block:
            inner = list(inner_bodies(line))
            todo += inner
            if inner:
                yield block, line


def _method(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
