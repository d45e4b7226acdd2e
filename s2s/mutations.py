"""Which parameters a function changes in place for its caller, seen in the syntax alone."""

from __future__ import annotations

import ast

_METHODS = frozenset(("fill", "sort", "put", "partition", "itemset"))
_FUNCTIONS = frozenset(("at", "fill_diagonal", "copyto", "put", "putmask", "place", "shuffle"))


def changed_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> tuple[str, ...]:
    """The parameters whose elements a function sets, itself or through slices of them, that gives no value back."""
    if any(n.value is not None for kind in (ast.Return, ast.Yield, ast.YieldFrom) for n in below.get(kind, ())):
        return ()
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    stored = {n.id for n in below.get(ast.Name, ()) if isinstance(n.ctx, ast.Store)}
    roots = {name: name for name in names if name not in stored and name not in ("self", "cls")}
    for inner in below.get(ast.Assign, ()):
        if len(inner.targets) == 1 and isinstance(inner.targets[0], ast.Name):
            root = _sliced(inner.value)
            if root in roots:
                roots[inner.targets[0].id] = roots[root]
    inside = (inner for kind in (ast.Assign, ast.AugAssign, ast.Call) for inner in below.get(kind, ()))
    changed = {roots[name] for inner in inside for name in _changes(inner, roots) if name in roots}
    return tuple(name for name in names if name in changed)


def _sliced(node: ast.expr) -> str:
    """The name that a subscript takes a part of."""
    while isinstance(node, ast.Subscript):
        node = node.value
        if isinstance(node, ast.Name):
            return node.id
    return ""


def _changes(node: ast.AST, roots: dict[str, str]) -> list[str]:
    """The names whose arrays one node changes."""
    if isinstance(node, ast.Assign):
        return [_sliced(target) for target in node.targets]
    if isinstance(node, ast.AugAssign):
        name = node.target.id if isinstance(node.target, ast.Name) else ""
        return [name if roots.get(name, name) != name else "", _sliced(node.target)]
    if not isinstance(node, ast.Call):
        return []
    found = [k.value.id for k in node.keywords if k.arg == "out" and isinstance(k.value, ast.Name)]
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if node.func.attr in _METHODS and isinstance(owner, ast.Name):
            found.append(owner.id)
        if node.func.attr in _FUNCTIONS and node.args and isinstance(node.args[0], ast.Name):
            found.append(node.args[0].id)
    return found
