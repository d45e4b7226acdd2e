"""Which functions compute something that a tape of TensorFlow records, as far as names tell."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .project import Project

_CALLED = frozenset(("call", "__call__"))  # by the names of their objects


def taped_calls(project: Project) -> frozenset[str]:
    """The last names of the functions that are called in blocks of tapes, and of those that these call."""
    modules = project.modules.values()
    found = {name for module in modules for name in module.taped}
    found |= _CALLED if found else set()
    todo = [*found]
    while todo:
        name = todo.pop()
        new = {called for module in modules for called in module.calls.get(name, ())} - found
        found |= new
        todo.extend(new)
    return frozenset(found)


def called_on_tapes(withs: list[ast.With]) -> frozenset[str]:
    """The last names of what is called in those blocks that tapes record."""
    taped = [node for node in withs if any(map(_is_tape, node.items))]
    nodes = (inner for node in taped for line in node.body for inner in ast.walk(line))
    return called_names([inner for inner in nodes if isinstance(inner, ast.Call)])


def called_names(calls: Sequence[ast.Call]) -> frozenset[str]:
    """The last names of what is called."""
    functions = (call.func for call in calls)
    names = (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in functions)
    return frozenset(name for name in names if name)


def _is_tape(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and ast.unparse(call.func).endswith("GradientTape")
