"""Functions that return masks: an array that is a comparison is boolean, whatever its annotation leaves open."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .kinds import ARRAY, BOOL_ARRAY, Kind
from .walk import ast_children

_ORDER = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_CANDIDATES = (ast.Name, ast.Compare, ast.UnaryOp, ast.BinOp)
_READ = (ast.Assign, ast.AnnAssign, ast.Name, ast.Return)  # what the questions about a body are about
_BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor)


def with_masks(kind: Kind, function: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> Kind:
    """The kind that a function returns, with the arrays that are boolean in every ``return`` marked as such.

    ``below`` holds the function's nodes by class: without a comparison, or with one array of which a return tells
    that it is no mask, nothing is looked at further.
    """
    if ast.Compare not in below or kind != ARRAY and not (kind.tag == "tuple" and ARRAY in kind.items):
        return kind
    alone = len(below.get(ast.FunctionDef, ())) + len(below.get(ast.AsyncFunctionDef, ())) == 1
    if kind == ARRAY and alone and not all(isinstance(node.value, _CANDIDATES) for node in below.get(ast.Return, ())):
        return kind
    plain = alone and ast.Lambda not in below and ast.ClassDef not in below
    body = [node for cls in _READ for node in below.get(cls, ())] if plain else list(_own(function.body))
    values = [node.value for node in body if isinstance(node, ast.Return)]
    if kind == ARRAY and not all(isinstance(value, _CANDIDATES) for value in values):
        return kind
    names = _mask_names(function, body)
    if kind == ARRAY:
        return BOOL_ARRAY if values and all(_is_mask(value, names) for value in values) else kind
    rows = [value.elts for value in values if isinstance(value, ast.Tuple)]
    if len(rows) != len(values) or any(len(row) != len(kind.items) for row in rows):
        return kind
    columns = zip(*rows, strict=True)
    items = [BOOL_ARRAY if item == ARRAY and _masks_or_none(c, names) else item for item, c in zip(kind.items, columns)]
    return Kind("tuple", items=tuple(items)) if items else kind


def _masks_or_none(values: tuple[ast.expr, ...], names: set[str]) -> bool:
    present = [v for v in values if not (isinstance(v, ast.Constant) and v.value is None)]
    return bool(present) and all(_is_mask(value, names) for value in present)


def _own(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of a body but those of functions and classes inside it."""
    todo = list(body)[::-1]
    while todo:
        node = todo.pop()
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield node
            todo += ast_children(node)[::-1]


def _mask_names(function: ast.FunctionDef | ast.AsyncFunctionDef, body: list[ast.AST]) -> set[str]:
    """Local names that are only ever bound to masks."""
    bound: dict[str, list[ast.expr]] = {}
    single = set()
    for node in body:
        target, value = None, None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign):
            target, value = node.target, node.value
        if isinstance(target, ast.Name) and value is not None:
            bound.setdefault(target.id, []).append(value)
            single.add(id(target))
    stored = {n.id for n in body if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load) and id(n) not in single}
    params = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    names = set(bound) - stored - params
    while not all(_is_mask(value, names) for name in names for value in bound[name]):
        names = {name for name in names if all(_is_mask(value, names) for value in bound[name])}
    return names


def _is_mask(node: ast.expr | None, names: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Compare):
        return all(isinstance(op, _ORDER) for op in node.ops)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Invert) and _is_mask(node.operand, names)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, _BITWISE) and _is_mask(node.left, names) and _is_mask(node.right, names)
    return False
