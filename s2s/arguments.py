"""What the calls of a project pass: which parameters are always given a model, an optimizer, a loader."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from .kinds import FLOAT, UNKNOWN, Kind

# (function, position or keyword, kind of the argument)
Passed = tuple[str, str, Kind]
# Methods that give back the module that they are called on.
_CHAINED = frozenset("to cuda cpu train eval float requires_grad_".split())
_KNOWN = ("result", "passed")


def called_value(function: ast.expr) -> str:
    """The name of what is called if it may be a value: ``op``, ``self.op``, ``OPS[name]``, ``getattr(torch, name)``."""
    if isinstance(function, ast.Attribute):
        own = isinstance(function.value, ast.Name) and function.value.id == "self"
        return f"self.{function.attr}" if own else ""
    if isinstance(function, ast.Name):
        return function.id
    return "*" if isinstance(function, (ast.Subscript, ast.Call)) else ""


def passed_arguments(
    calls: Iterable[ast.Call],
    assigns: Iterable[ast.Assign],
    params: frozenset[str],
    function: str,
    resolve: Callable[[ast.expr], str],
) -> Iterator[Passed]:
    """The arguments of calls in one function that are made by a call, or passed on from its own parameters."""
    made: dict[str, Kind] = {}
    for node in assigns:
        for target in node.targets:
            for name in _names(target):
                kind = _made(node.value, made, resolve) if isinstance(target, ast.Name) else UNKNOWN
                known = made.get(name)
                made[name] = kind if known is None or known == kind else UNKNOWN
    for call in calls:
        callee = resolve(call.func)
        if not callee:
            continue
        given = [*((str(i), arg) for i, arg in enumerate(call.args)), *((k.arg or "", k.value) for k in call.keywords)]
        for key, arg in given:
            kind = _made(arg, made, resolve)
            if kind.tag not in _KNOWN and isinstance(arg, ast.Name) and arg.id in params and arg.id not in made:
                kind = Kind("passed", f"{function}|{arg.id}")
            if key and not isinstance(arg, ast.Starred):
                yield callee, key, kind


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _names(item)


def _made(node: ast.expr, made: dict[str, Kind], resolve: Callable[[ast.expr], str]) -> Kind:
    """The call that a value is the result of, through ``.to(device)`` and the like, or that it is a float."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHAINED:
        node = node.func.value
    if isinstance(node, ast.Name):
        return made.get(node.id, UNKNOWN)
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return FLOAT
    name = resolve(node.func) if isinstance(node, ast.Call) else ""
    return Kind("result", name) if name else UNKNOWN
