"""``tf.shape(x)[1:3] * 2`` -> ``tuple(n * 2 for n in x.shape[1:3])``: shapes that are arrays in the source."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import Kind
from ..s2s.lift import Bound, bind
from .base import rule

_OPERATORS = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide, cst.Modulo)


def _is_array(kind: Kind) -> bool:
    return kind.tag == "shape" and kind.name == "tensor"


@rule(cst.BinaryOperation)
def shape_arithmetic(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """Arithmetic on the lengths of axes is elementwise, also where they are a tuple."""
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    if not (_is_array(left) or _is_array(right)):
        return None
    sequences = [kind.tag in ("shape", "list", "tuple") for kind in (left, right)]
    known = all(s or kind.tag == "int" for s, kind in zip(sequences, (left, right), strict=True))
    if not known or not isinstance(node.operator, _OPERATORS):
        reason = "arithmetic on the lengths of axes is only converted with integers and sequences of them"
        return ctx.refuse(node, ctx.array_api("shape"), reason, "compute each length by itself")
    ctx.count("exact")
    a, b = ctx.visit(node.left), ctx.visit(node.right)
    if all(sequences):
        pair = "tuple(left + right for left, right in zip({a}, {b}, strict=True))"
        made = nodes.fill(pair, {"a": a, "b": b}, lambda name: None)
    elif sequences[0]:
        made = nodes.fill("tuple(n + {b} for n in {a})", {"a": a, "b": b}, lambda name: None)
    else:
        made = nodes.fill("tuple({a} + n for n in {b})", {"a": a, "b": b}, lambda name: None)
    generator = made.args[0].value
    operation = generator.elt.with_changes(operator=node.operator)
    return made.with_changes(
        args=[made.args[0].with_changes(value=generator.with_changes(elt=operation))]
    )


@rule(cst.Call)
def joined_shapes(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``tf.concat([tf.shape(x)[:-1], [n]], axis=0)`` -> ``(*x.shape[:-1], n)``."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    bound = bind(entry, node.args, None, ctx.kind) if entry is not None and entry.op == "concat" else None
    if not isinstance(bound, Bound) or "arrays" not in bound.args or not ctx.infer.are_sizes(bound.args["arrays"]):
        return None
    parts = [element.value for element in bound.args["arrays"].elements]
    elements: list[cst.BaseExpression] = []
    for part in parts:
        new = ctx.visit(part)
        if isinstance(new, (cst.List, cst.Tuple)):
            elements.extend(
                e if isinstance(e, cst.StarredElement) else e.value for e in new.elements
            )
        else:
            elements.append(cst.StarredElement(new))
    ctx.count("exact")
    return nodes.tuple_of(elements)


@rule(cst.Call)
def shape_product(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``tf.reduce_prod(tf.shape(x)[1:])`` -> ``math.prod(x.shape[1:])``."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if (
        entry is None
        or not any(part.op == "prod" for part in (entry, *entry.overloads))
        or len(node.args) != 1
        or ctx.kind(node.args[0].value).tag != "shape"
    ):
        return None
    ctx.count("exact")
    return nodes.fill(
        "math.prod({x})", {"x": ctx.visit(node.args[0].value)}, ctx.imports.template_name
    )


@rule(cst.Expr)
def stated_shape(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x.set_shape([None, 3])`` -> nothing: arrays have their shapes."""
    call = node.value
    if ctx.source.name != "tensorflow" or not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    if call.func.attr.value != "set_shape" or ctx.kind(call.func.value).tag not in ("array", "unknown"):
        return None
    ctx.count("exact")
    return []
