"""Calls that the statement around shows to be methods of PyTorch's arrays: ``output.max(1)[1].eq(labels)``."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.parameter_kinds import ONLY_ARRAY
from ..s2s.walk import below


def shows_tensor(node: cst.Call, ctx) -> bool:
    """Whether what becomes of the result of a method shows that arrays of no other library are asked."""
    statement = ctx.small_statement
    if statement is None:
        return False
    name = cst.ensure_type(node.func, cst.Attribute).attr.value
    if name == "sort" and node.args and not (isinstance(statement, cst.Expr) and statement.value is node):
        return True  # that of NumPy's arrays and of lists gives nothing
    if isinstance(statement, cst.Assign) and statement.value is node and len(statement.targets) == 1:
        return _leaves_one(statement.targets[0].target)
    return any(
        isinstance(found, cst.Attribute) and found.attr.value in _SHOWING and _is_part(found.value, node)
        for found in below(statement)
    )


_SHOWING = ONLY_ARRAY | {"indices"}


def _leaves_one(target: cst.BaseExpression) -> bool:
    """``_, indices = output.max(1)``: of a pair one is not used."""
    names = [element.value for element in target.elements] if isinstance(target, cst.Tuple) else []
    return len(names) == 2 and any(nodes.is_name(each, "_") for each in names)


def _is_part(node: cst.BaseExpression, call: cst.Call) -> bool:
    """Whether an expression is the call or an item of its result."""
    return node is call or isinstance(node, cst.Subscript) and node.value is call
