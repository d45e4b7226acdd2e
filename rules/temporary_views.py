"""``x.diagonal().add_(y)`` -> ``x = diagonal_scatter(x, jnp.diagonal(x) + y)``: views that have no name."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.infer import literal_int


def viewed(node: cst.BaseExpression, ctx) -> tuple[cst.BaseExpression, str, dict[str, cst.BaseExpression]] | None:
    """What a call that gives a view is taken from, the op that writes there, and the op's other arguments."""
    lifted = ctx.infer.lifted(node) if isinstance(node, cst.Call) else None
    if lifted is None:
        return None
    entry, args = lifted
    op = f"{entry.op}_scatter"
    if op not in ctx.hub or "x" not in args:
        return None
    return args["x"], op, {name: value for name, value in args.items() if name != "x"}


def place(node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """``x.narrow(1, 2, 3)`` -> ``x[:, 2:5]`` and ``x.select(-1, i)`` -> ``x[..., i]``; others stay as they are."""
    found = viewed(node, ctx)
    if found is None:
        return node
    base, op, args = found
    axis = literal_int(args["axis"]) if "axis" in args else None
    if axis is None:
        return node
    if op == "select_scatter":
        return cst.Subscript(base, _along(axis, cst.Index(args["index"])))
    start = literal_int(args["start"]) if op == "narrow_scatter" else None
    if start is None or start < 0:
        return node
    stop: cst.BaseExpression = args["length"]
    if start:
        length = literal_int(stop)
        total = cst.BinaryOperation(args["start"], cst.Add(), nodes.parenthesized(stop))
        stop = total if length is None else cst.Integer(str(start + length))
    return cst.Subscript(base, _along(axis, cst.Slice(args["start"] if start else None, stop)))


def _along(axis: int, index: cst.BaseSlice) -> list[cst.SubscriptElement]:
    """The index that takes the axes but one whole."""
    whole = cst.Slice(None, None)
    before = [whole] * axis if axis >= 0 else [cst.Index(cst.Ellipsis())]
    space = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    elements = [*before, index, *[whole] * (-axis - 1)]
    return [
        cst.SubscriptElement(element, space if n + 1 < len(elements) else cst.MaybeSentinel.DEFAULT)
        for n, element in enumerate(elements)
    ]


def scattered(
    node: cst.BaseExpression, value: cst.BaseExpression, ctx
) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The array that a view is taken from, and the array with a new value in the view's place."""
    found = viewed(node, ctx)
    if found is None:
        return None
    base, op, args = found
    new = cst.Name("src")
    ctx.substitutes[id(new)] = value
    made = ctx.writer.of_op(op, x=base, src=new, **args)
    return None if made is None else (base, made)
