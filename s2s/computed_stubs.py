"""``HOME = join(torch.hub.home(), "x")`` at the top of a module: what is computed from a stub is the stub itself."""

from __future__ import annotations

import sys

import libcst as cst

from .nodes import code

STUB = "not_converted"
_HOLDING = frozenset(("collections", "dataclasses", "enum", "functools", "typing", "types", "weakref"))
_COMPUTING = frozenset("abs bool complex float int len max min open range round str sum".split())


def without_computing(value: cst.BaseExpression, made: cst.BaseExpression, name_of) -> cst.BaseExpression:
    """The stub that an expression would compute with while its module is imported, else the expression ``made``.

    ``value`` is the original expression; ``name_of`` gives the qualified name that an original expression refers to.
    """
    found = _computed(made)
    if found is None or made is found:
        return made
    if isinstance(made, cst.Call) and isinstance(value, cst.Call) and _computed(made.func) is None:
        name = (name_of(value.func) or code(value.func)).removeprefix("builtins.")
        top = name.split(".")[0]
        if name not in _COMPUTING and (top not in sys.stdlib_module_names or top in _HOLDING):
            return made  # functions of the project may register a stub, containers hold it
    return found


def _computed(node: cst.CSTNode) -> cst.Call | None:
    """The stub that an expression computes with: an operand, an argument, an object with attributes."""
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name) and node.func.value == STUB:
            return node
        parts = [node.func, *(argument.value for argument in node.args)]
    elif isinstance(node, (cst.Attribute, cst.Subscript)):
        parts = [node.value]
    elif isinstance(node, cst.BinaryOperation) and not isinstance(node.operator, cst.BitOr):
        parts = [node.left, node.right]
    elif isinstance(node, cst.UnaryOperation):
        parts = [node.expression]
    else:
        parts = []
    return next((found for part in parts if (found := _computed(part)) is not None), None)
