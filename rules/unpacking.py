"""``q, k, v = qkv`` and ``for row in x``: compiled TensorFlow functions cannot iterate tensors as Python does.

AutoGraph makes a ``for`` over a tensor a loop of the graph, in which Python values (a result that starts as None) are
those of the first turn for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule

_WRAPPERS = ("builtins.enumerate", "builtins.reversed", "builtins.zip")


@rule(cst.Assign)
def unpacked(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Unstack an array that is assigned to several names."""
    targets = [t.target for t in node.targets]
    if not all(isinstance(t, (cst.Tuple, cst.List)) for t in targets):
        return None
    value = _unstacked(node.value, ctx)
    if value is None:
        return None
    return [node.with_changes(targets=[ctx.visit(t) for t in node.targets], value=value)]


@rule(cst.CompFor)
def iterated(node: cst.CompFor, ctx) -> cst.CompFor | None:
    """Unstack an array that a comprehension runs over."""
    value = _iterable(node.iter, ctx)
    if value is None:
        return None
    ctx.substitutes[id(node.iter)] = value
    new = ctx.descend(node)
    del ctx.substitutes[id(node.iter)]
    return new


@rule(cst.For)
def looped(node: cst.For, ctx) -> cst.BaseExpression | None:
    """What a loop runs over, when it is an array or several."""
    return _iterable(node.iter, ctx)


def _iterable(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    if not isinstance(node, cst.Call) or ctx.name_of(node.func) not in _WRAPPERS:
        return _unstacked(node, ctx, calls=True)
    made = [_unstacked(arg.value, ctx, calls=True) if not arg.star else None for arg in node.args]
    if not any(value is not None for value in made):
        return None
    args = [
        ctx.visit(arg) if value is None else arg.with_changes(value=value)
        for arg, value in zip(node.args, made, strict=True)
    ]
    return node.with_changes(args=args)


def _unstacked(value: cst.BaseExpression, ctx, calls: bool = False) -> cst.BaseExpression | None:
    """The slices of an array along its first axis; modules may return several arrays where one is expected."""
    if not ctx.target.settings.get("unstacks_to_iterate") or ctx.kind(value).tag != "array":
        return None
    if _is_op(value, ctx):
        return ctx.writer.of_op("unstack", x=value)
    if isinstance(value, cst.Call) and not calls:
        return None
    return nodes.call(ctx.helper("unstacked"), ctx.visit(value))


def _is_op(value: cst.BaseExpression, ctx) -> bool:
    """Whether a value is an op's, or a layer's that gives one, which is an array for certain."""
    if isinstance(value, cst.Subscript):
        return _is_op(value.value, ctx)
    if not isinstance(value, cst.Call):
        return isinstance(value, cst.BinaryOperation)
    entry = ctx.source.find(ctx.name_of(value.func))
    if entry is not None:
        return bool(entry.op)
    if ctx.infer.given_by(ctx.kind(value.func).name) == "array":
        return True
    func = value.func
    if not isinstance(func, cst.Attribute) or func.attr.value not in ctx.source.methods:
        return False
    return ctx.kind(func.value).tag == "array"
