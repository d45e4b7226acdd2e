"""``x[::-1]`` -> ``torch.flip(x, (0,))``: PyTorch's slices only go forwards."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.infer import literal_int


def reversed_slices(node: cst.Subscript, ctx) -> cst.BaseExpression | None:
    """An index with slices that go backwards; None when there are none."""
    backwards = [is_backwards(e) for e in node.slice]
    if not any(backwards):
        return None
    axes = _axes(node, ctx)
    if axes is None or any(b and not _is_whole(e) for b, e in zip(backwards, node.slice)):
        api = ctx.array_api("__getitem__")
        return ctx.refuse(node, api, "only a whole axis is reversed", "flip the array first")
    ctx.count("exact")
    flipped = [axis for axis, back in zip(axes, backwards) if back]
    value = ctx.visit(node.value)
    rest = [_forwards(ctx.visit(e)) if b else ctx.visit(e) for e, b in zip(node.slice, backwards)]
    if not all(isinstance(e.slice, cst.Slice) and _is_plain(e.slice) for e in rest):
        value = node.with_changes(value=value, slice=rest)
    dims = nodes.tuple_of([nodes.expression(str(axis)) for axis in flipped])
    return nodes.call(ctx.native("torch.flip"), value, dims)


def is_backwards(element: cst.SubscriptElement) -> bool:
    part = element.slice
    if not isinstance(part, cst.Slice) or part.step is None:
        return False
    step = literal_int(part.step)
    return step is not None and step < 0


def _is_whole(element: cst.SubscriptElement) -> bool:
    part = element.slice
    assert isinstance(part, cst.Slice) and part.step is not None
    return part.lower is None and part.upper is None and literal_int(part.step) == -1


def _is_plain(part: cst.Slice) -> bool:
    return part.lower is None and part.upper is None and part.step is None


def _forwards(element: cst.SubscriptElement) -> cst.SubscriptElement:
    return element.with_changes(slice=cst.Slice(None, None))


def _axes(node: cst.Subscript, ctx) -> list[int] | None:
    """The axis of the result that each element makes (negative after an ellipsis); None when it is not known."""
    made: list[int] = []
    axis, after = 0, -1
    for index, element in enumerate(node.slice):
        part = element.slice
        if isinstance(part, cst.Index) and isinstance(part.value, cst.Ellipsis):
            after = index
            break
        made.append(axis)
        width = _width(element, ctx)
        if width is None:
            return None
        axis += width
    if after < 0:
        return made
    rest: list[int] = []
    axis = 0
    for element in reversed(node.slice[after + 1 :]):
        width = _width(element, ctx)
        if width is None:
            return None
        axis -= width
        rest.insert(0, axis)
    return [*made, 0, *rest]


def _width(element: cst.SubscriptElement, ctx) -> int | None:
    """How many axes of the result an element makes; None for index arrays and what is not known."""
    part = element.slice
    if isinstance(part, cst.Slice):
        return 1
    tag = ctx.kind(part.value).tag
    return {"int": 0, "none": 1}.get(tag)
