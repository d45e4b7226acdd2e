"""``np.r_[a, 0, b]``, ``np.mgrid[0:3, 0:4]``, ``np.s_[1:3]``: objects that are made to be indexed."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import Bound, Refused
from ..s2s.tables import Entry
from .base import rule
from .indexing import index_value

_OPS = {"r_": "concat_parts", "c_": "stack_columns", "mgrid": "dense_grid", "ogrid": "open_grid"}


_MODULES = {"numpy": "numpy", "jax": "jax.numpy"}


@rule(cst.Subscript)
def subscripted(node: cst.Subscript, ctx) -> cst.BaseExpression | None:
    """An index of one of the index makers of NumPy or ``jax.numpy``."""
    name = ctx.name_of(node.value)
    package, _, last = name.rpartition(".")
    if ctx.source.name not in _MODULES or package != _MODULES[ctx.source.name]:
        return None
    if last in ("s_", "index_exp"):
        ctx.count("exact")
        value = index_value(node, ctx)
        return nodes.tuple_of([value]) if last == "index_exp" and not isinstance(value, cst.Tuple) else value
    if last not in _OPS:
        return None
    elements = _elements(node)
    floating = last in ("mgrid", "ogrid") and any(_is_floating(element, ctx) for element in elements)
    parts = [_part(element, floating, ctx) for element in elements]
    if any(part is None for part in parts) or last in ("mgrid", "ogrid") and not all(map(_is_slice, elements)):
        return ctx.refuse(node, name, "only arrays, numbers and ranges are converted")
    if last in ("mgrid", "ogrid") and len(parts) == 1:
        if isinstance(elements[0].comma, cst.Comma):
            return ctx.refuse(node, name, "a grid of one axis and a comma is not converted", "leave out the comma")
        ctx.count("exact")
        return parts[0]
    made = nodes.tuple_of([part for part in parts if part is not None])
    ctx.substitutes[id(made)] = made
    spelled = ctx.writer.spell(Bound(Entry(name, op=_OPS[last]), {"parts": made}))
    if isinstance(spelled, Refused):
        return ctx.refuse(node, name, spelled.reason)
    ctx.count("exact")
    return spelled.node


def _elements(node: cst.Subscript) -> list[cst.SubscriptElement]:
    """The parts of an index, also of one that is a tuple in parentheses."""
    index = node.slice[0].slice if len(node.slice) == 1 else None
    if not isinstance(index, cst.Index) or not isinstance(index.value, cst.Tuple):
        return list(node.slice)
    starred = any(isinstance(each, cst.StarredElement) for each in index.value.elements)
    return list(node.slice) if starred else [cst.SubscriptElement(cst.Index(e.value)) for e in index.value.elements]


def _is_slice(element: cst.SubscriptElement) -> bool:
    return isinstance(element.slice, cst.Slice)


def _is_floating(element: cst.SubscriptElement, ctx) -> bool:
    """Whether an axis of a grid has floats, so that all of its axes do."""
    part = element.slice
    if not isinstance(part, cst.Slice):
        return False
    bounds = [bound for bound in (part.lower, part.upper, part.step) if bound is not None]
    return _points(part.step, ctx) is not None or any(ctx.kind(bound).tag == "float" for bound in bounds)


def _part(element: cst.SubscriptElement, floating: bool, ctx) -> cst.BaseExpression | None:
    """A part as an expression; a slice as the range (or with an imaginary step, the points) that it stands for."""
    part = element.slice
    if isinstance(part, cst.Index):
        if isinstance(part.value, (cst.SimpleString, cst.Ellipsis)) or part.star:
            return None
        return ctx.visit(part.value)
    start = part.lower if part.lower is not None else cst.Integer("0")
    if part.upper is None:
        return None
    floats = "float32" if ctx.source.name == "jax" else "float64"
    count = _points(part.step, ctx)
    if count is not None:
        args = {"start": start, "stop": part.upper, "num": count, "dtype": cst.SimpleString(repr(floats))}
        return ctx.writer.of_op("linspace", **args)
    kinds = [ctx.kind(bound).tag for bound in (start, part.upper, part.step) if bound is not None]
    exact = all(tag == "int" for tag in kinds)
    args = {"start": start, "stop": part.upper} | ({"step": part.step} if part.step is not None else {})
    if exact and floating:
        return ctx.writer.of_op("arange", **args, dtype=cst.SimpleString(repr(floats)))
    return ctx.writer.of_op("arange" if exact or floats == "float32" else "arange_wide", **args)


def _points(step: cst.BaseExpression | None, ctx) -> cst.BaseExpression | None:
    """How many points an imaginary step asks for, such as ``5j``, ``n * 1j`` or ``complex(0, n)``; None for another."""
    if isinstance(step, cst.Imaginary):
        return cst.Integer(step.value.rstrip("jJ"))
    count = None
    if isinstance(step, cst.BinaryOperation) and isinstance(step.operator, cst.Multiply):
        sides = {nodes.code(step.left): step.right, nodes.code(step.right): step.left}
        count = sides.get("1j", sides.get("1J"))
    elif isinstance(step, cst.Call) and ctx.name_of(step.func) == "builtins.complex" and len(step.args) == 2:
        zero, count = (arg.value for arg in step.args)
        count = count if nodes.code(zero) in ("0", "0.0") else None
    if count is None or ctx.kind(count).tag == "int":
        return count
    return nodes.call(cst.Name("int"), count)
