"""Small pieces of syntax trees, and trees as text."""

from __future__ import annotations

import ast
from typing import Any

from ..dtypes import dtype_name
from .record import Node, is_array

BINARY: dict[str, Any] = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv, "mod": ast.Mod,
    "pow": ast.Pow, "matmul": ast.MatMult, "and_": ast.BitAnd, "or_": ast.BitOr, "xor": ast.BitXor,
    "lshift": ast.LShift, "rshift": ast.RShift,
}  # fmt: skip
UNARY: dict[str, Any] = {"neg": ast.USub, "pos": ast.UAdd, "invert": ast.Invert}
COMPARE: dict[str, Any] = {
    "lt": ast.Lt,
    "le": ast.LtE,
    "gt": ast.Gt,
    "ge": ast.GtE,
    "eq": ast.Eq,
    "ne": ast.NotEq,
}
DOC = "(docstring)"
"""Stands for the docstring in trees."""


def common_dtype(node: Node) -> str:
    """The dtype that an operator computes in, '' when its operands are alike or not known."""
    arrays = [value.value if isinstance(value, Node) else value for value in node.args]
    dtypes = {dtype_name(value.dtype) for value in arrays if is_array(value)}
    if len(dtypes) < 2:
        return ""
    if node.name not in COMPARE:
        return dtype_name(node.value.dtype)
    import numpy as np

    try:
        return np.result_type(*dtypes).name
    except TypeError:
        return ""


def add_parameter(found: ast.arguments, arg: ast.arg, kind: Any) -> None:
    if kind.name == "VAR_POSITIONAL":
        found.vararg = arg
    elif kind.name == "VAR_KEYWORD":
        found.kwarg = arg
    elif kind.name == "KEYWORD_ONLY":
        found.kwonlyargs.append(arg)
        found.kw_defaults.append(None)
    elif kind.name == "POSITIONAL_ONLY":
        found.posonlyargs.append(arg)
    else:
        found.args.append(arg)


def assign(target: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(target, ast.Store())], value)


def laid_out(tree: ast.Module, doc: str) -> str:
    """The text of a syntax tree; astor would write docstrings as plain strings."""
    import astor
    import black

    text = astor.to_source(tree, pretty_source="".join, pretty_string=lambda text, *_, **__: repr(text))
    quoted = doc.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace(repr(DOC), f'"""{quoted}"""')
    return black.format_str(text, mode=black.Mode(line_length=100))
