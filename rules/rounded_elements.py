"""``round(x[i])`` -> ``round(float(x[i]))``: elements of NumPy are rounded as Python's numbers are, arrays are not."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Call)
def rounded_element(node: cst.Call, ctx) -> None:
    """Have an element that Python's ``round`` is given written as a number."""
    if ctx.source.name != "numpy" or not node.args or ctx.name_of(node.func) != "builtins.round":
        return
    value = node.args[0].value
    if ctx.kind(value).tag == "array" and id(value) not in ctx.substitutes:
        ctx.substitutes[id(value)] = nodes.call(cst.Name("float"), ctx.visit(value))
