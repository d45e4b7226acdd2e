"""``z * z.conj() < 4`` -> ``compared(z * z.conj(), 4, operator.lt)``: NumPy orders complex numbers, part by part."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.infer import is_imaginary
from .base import rule

_FUNCTIONS = {cst.LessThan: "lt", cst.LessThanEqual: "le", cst.GreaterThan: "gt", cst.GreaterThanEqual: "ge"}


@rule(cst.Comparison)
def complex_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """An order that the target has of real numbers alone."""
    if ctx.source.name not in ("numpy", "jax") or "compared" not in ctx.target.templates or len(node.comparisons) != 1:
        return None
    operator, right = node.comparisons[0].operator, node.comparisons[0].comparator
    name = _FUNCTIONS.get(type(operator))
    if name is None or not any(_is_complex(part, ctx) for part in (node.left, right)):
        return None
    ctx.count("exact")
    compare = ctx.native(f"operator.{name}")
    return nodes.call(ctx.helper("compared"), ctx.visit(node.left), ctx.visit(right), compare)


def _is_complex(node: cst.BaseExpression, ctx) -> bool:
    kind = ctx.kind(node)
    return kind.tag == "complex" or kind.tag == "array" and kind.name.startswith("complex") or is_imaginary(node)
