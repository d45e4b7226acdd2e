"""Shapes of images: sizes are read where the native order has them."""

from __future__ import annotations

import ast

from .axes import moved, native_order
from .edits import KEEP, Blocked, Edit
from .values import HOST, Arg, Args, Array, Const, Items, Sequence, Shape, Union, Value, options, union


def size(m, frame, array: Array, args: Args, node) -> Value:
    """``x.size()`` and ``x.size(axis)``."""
    found = args.all()
    if not found:
        return Shape(array)
    number(m, frame, array, found[0], node)
    return HOST


def number(m, frame, array: Array, arg: Arg, node) -> None:
    """Renumber the axis that an argument is."""
    if not array.image:
        if arg.node is not None:
            m.edits.record(frame.module, arg.node, "axis")
        return
    if not isinstance(arg.value, Const) or not isinstance(arg.value.value, int) or arg.node is None:
        raise Blocked(frame.module, arg.node or node, "which axis of an image is meant is not known")
    place = moved(arg.value.value, array.rank)  # type: ignore[arg-type]
    m.edits.record(frame.module, arg.node, "axis", renumbered(m, frame, arg.node, arg.value.value, place))


def renumbered(m, frame, node: ast.expr, old: int, new: int) -> Edit:
    """An axis written as its number in the native order."""
    return KEEP if old == new else Edit((m.edits.replaced(frame.module, node, str(new)),))


def indexed(m, frame, array: Array, node: ast.Subscript) -> Value:
    """``x.shape[...]``."""
    index = node.slice
    if not isinstance(index, ast.Slice):
        number(m, frame, array, Arg(m.value(frame, index), index), node)
        return HOST
    if not array.image:
        m.edits.record(frame.module, node, "axis")
        return Shape(Array())
    rank = array.rank
    try:
        bounds = [None if b is None else ast.literal_eval(b) for b in (index.lower, index.upper, index.step)]
    except ValueError:
        raise Blocked(frame.module, node, "which sizes of an image are meant is not known") from None
    axes = list(range(rank))[slice(*bounds)]
    if axes == list(range(2, rank)):
        edit = Edit((m.edits.replaced(frame.module, index, "1:-1"),))
        m.edits.record(frame.module, node, "axis", edit)
        return Items(HOST)
    if axes == [0]:
        m.edits.record(frame.module, node, "axis")
        return Items(HOST)
    raise Blocked(frame.module, node, "sizes of an image are taken that are not side by side in the native order")


def compared(m, frame, node: ast.Compare, values: list[Value]) -> Value:
    """Shapes may be compared with each other when they are in the same order."""
    images = {option.of.image for v in values for option in options(v) if isinstance(option, Shape)}
    others = [v for v in values if not isinstance(v, (Shape, Union))]
    if True in images and (others or False in images):
        raise Blocked(frame.module, node, "the shape of an image is compared with something else")
    return HOST


def unpack(m, frame, target: ast.Tuple | ast.List, value: Value, source: ast.expr) -> None:
    """``a, b = value``; names for the sizes of an image change places."""
    columns: list[list[Value]] = [[] for _ in target.elts]
    for option in options(value):
        for column, item in zip(columns, _items(m, frame, target, option, source), strict=True):
            column.append(item)
    for element, column in zip(target.elts, columns, strict=True):
        m.assign(frame, element, union(column), source)


def _items(m, frame, target, value: Value, source) -> list[Value]:
    count = len(target.elts)
    if not isinstance(value, Shape):
        m.edits.record(frame.module, target, "axis")
    if isinstance(value, Shape):
        _reorder(m, frame, target, value.of)
        return [Items(HOST) if isinstance(e, ast.Starred) else HOST for e in target.elts]
    if isinstance(value, Array) and value.image:
        raise Blocked(frame.module, source, "an image is unpacked")
    starred = any(isinstance(e, ast.Starred) for e in target.elts)
    if isinstance(value, Sequence) and value.exact and len(value.items) == count and not starred:
        return list(value.items)
    source_items = m.iterated(frame, value, source)
    item = source_items.item if isinstance(source_items, Items) else union(source_items.items)
    return [Items(item) if isinstance(e, ast.Starred) else item for e in target.elts]


def _reorder(m, frame, target, array: Array) -> None:
    if not array.image:
        m.edits.record(frame.module, target, "axis")
        return
    rank, elements = array.rank, list(target.elts)
    starred = [i for i, e in enumerate(elements) if isinstance(e, ast.Starred)]
    if starred:
        ordered = _starred_order(frame, target, starred[0], rank)
    elif len(elements) == rank:
        ordered = [elements[axis] for axis in native_order(rank)]  # type: ignore[arg-type]
    else:
        raise Blocked(frame.module, target, "the shape of an image is unpacked to another number of names")
    changed = [(old, new) for old, new in zip(elements, ordered, strict=True) if old is not new]
    texts = [m.edits.replaced(frame.module, old, m.edits.source(frame.module, new)) for old, new in changed]
    m.edits.record(frame.module, target, "axis", Edit(tuple(texts)))


def _starred_order(frame, target, at: int, rank: int | None) -> list[ast.expr]:
    """``n, c, *space`` becomes ``n, *space, c``; ``n, *rest`` only where the rest is not read."""
    elements = list(target.elts)
    if len(elements) == 3 and at == 2:
        return [elements[0], elements[2], elements[1]]
    name = elements[at].value
    if isinstance(name, ast.Name) and set(name.id) == {"_"} and len(elements) == 2 and at == 1:
        return elements
    raise Blocked(frame.module, target, "the shape of an image is unpacked in a way that is not known")
