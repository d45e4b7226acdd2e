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


def altered_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> dict[str, bool]:
    """The parameters whose arrays a function changes that gives a value back, and whether by their items.

    ``x += 1`` changes x where it is an array, ``x[0] = 1`` whatever it is.
    """
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    augmented = {id(inner.target) for inner in below.get(ast.AugAssign, ())}
    bound: dict[str, int] = {}
    for inner in below.get(ast.Name, ()):
        if isinstance(inner.ctx, ast.Store) and id(inner) not in augmented:
            bound[inner.id] = min(inner.lineno, bound.get(inner.id, inner.lineno))
    found: dict[str, bool] = {}
    for inner in (inner for kind in (ast.Assign, ast.AugAssign, ast.Call) for inner in below.get(kind, ())):
        changed = dict.fromkeys(_changes(inner, {}), True)
        if isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
            changed = {inner.target.id: False}
        for name, items in changed.items():
            if name in names and name not in ("self", "cls") and inner.lineno < bound.get(name, inner.lineno + 1):
                found[name] = items or found.get(name, False)
    return found


def filled_parameter(node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> str:
    """The parameter that a function fills and gives back, and makes itself for None: that of ``def f(x, out=None)``."""
    found = {_given_back(inner.value) for inner in below.get(ast.Return, ())}
    (name, *others) = found or {""}
    optional = {
        arg.arg
        for args, defaults in ((node.args.args, node.args.defaults), (node.args.kwonlyargs, node.args.kw_defaults))
        for arg, default in zip(reversed(args), reversed(defaults))
        if isinstance(default, ast.Constant) and default.value is None
    }
    if others or name not in optional:
        return ""
    made = {
        id(part)
        for inner in below.get(ast.If, ())
        if ast.unparse(inner.test) == f"{name} is None"
        for statement in inner.body
        for part in ast.walk(statement)
    }
    names = (part for part in below.get(ast.Name, ()) if part.id == name and isinstance(part.ctx, ast.Store))
    return name if all(id(part) in made for part in names) else ""


def _given_back(node: ast.expr | None) -> str:
    """The name that is returned, or handed on as ``out`` to the function whose result is returned."""
    if isinstance(node, ast.Call):
        handed = [k.value for k in node.keywords if k.arg == "out"]
        node = handed[0] if handed else None
    return node.id if isinstance(node, ast.Name) else ""


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
