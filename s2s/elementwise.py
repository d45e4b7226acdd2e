"""Functions of arrays that know nothing of axes: of an array with other axes they give the same with other axes."""

from __future__ import annotations

import ast
from collections.abc import Callable

# Functions of jax.numpy that take each element by itself, and those that take all when an array alone is given.
_EACH = frozenset(
    """abs add array asarray clip copy divide exp isfinite isnan log maximum minimum multiply negative ones_like sign
    sqrt square subtract where zeros_like""".split()
)
_ALL = frozenset("all any max mean min norm size std sum var".split())
_FACTS = frozenset(("dtype", "ndim", "size"))
_OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp)


def is_elementwise(node: ast.expr, name: Callable[[ast.AST], str]) -> bool:
    """Whether a function is a lambda of such operations, or a function of jax.numpy that is one.

    ``name`` gives the full name of what was imported.
    """
    if isinstance(node, ast.Lambda):
        params = {arg.arg for arg in [*node.args.args, *node.args.kwonlyargs]}
        return _is_plain(node.body, params, name)
    return _is_function(node, 1, name)


def _is_function(node: ast.expr, count: int, name: Callable[[ast.AST], str]) -> bool:
    owner, _, last = name(node).rpartition(".")
    return owner.startswith("jax.numpy") and (last in _EACH or last in _ALL and count == 1)


def _is_plain(node: ast.expr, params: set[str], name: Callable[[ast.AST], str]) -> bool:
    if isinstance(node, (ast.Name, ast.Constant)):
        return True
    if isinstance(node, _OPERATIONS):
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        matrices = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
        return not matrices and all(_is_plain(part, params, name) for part in parts)
    if isinstance(node, ast.Attribute):
        of_array = any(isinstance(part, ast.Name) and part.id in params for part in ast.walk(node))
        return not of_array or isinstance(node.value, ast.Name) and node.attr in _FACTS
    if not isinstance(node, ast.Call) or node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
        return False
    if not all(_is_plain(arg, params, name) for arg in node.args):
        return False
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id in params:
        method = node.func.attr
        return method in ("astype", "copy") or method in _ALL and not node.args
    return _is_function(node.func, len(node.args), name)
