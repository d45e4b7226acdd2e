"""``"w" + str(i)`` -> ``"w" + format(i)``: the text of a tensor is ``tensor(3)``, what it formats is its number."""

from __future__ import annotations

import re

import libcst as cst

from ..s2s import nodes
from .base import rule
from .hashed_elements import are_values

_PARTS = re.compile(r"%(?:\(\w*\))?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?([a-zA-Z%])")


@rule(cst.Call)
def printed_element(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``str(i)`` of an element of an array."""
    if not are_values(ctx) or ctx.name_of(node.func) != "builtins.str" or len(node.args) != 1:
        return None
    if ctx.kind(node.args[0].value).tag != "array" or node.args[0].star:
        return None
    return _formatted(node.args[0].value, ctx).with_changes(lpar=node.lpar, rpar=node.rpar)


@rule(cst.BinaryOperation)
def formatted_element(node: cst.BinaryOperation, ctx) -> None:
    """``"w%s" % i`` and ``"%s_%s" % (i, name)``."""
    if not are_values(ctx) or not isinstance(node.operator, cst.Modulo) or not isinstance(node.left, cst.SimpleString):
        return
    letters = [letter for letter in _PARTS.findall(str(node.left.evaluated_value)) if letter != "%"]
    given = [e.value for e in node.right.elements] if isinstance(node.right, cst.Tuple) else [node.right]
    for letter, value in zip(letters, given):
        if letter == "s" and ctx.kind(value).tag == "array" and id(value) not in ctx.substitutes:
            ctx.substitutes[id(value)] = _formatted(value, ctx)


def _formatted(value: cst.BaseExpression, ctx) -> cst.Call:
    return nodes.call(cst.Name("format"), ctx.visit(value).with_changes(lpar=[], rpar=[]))
