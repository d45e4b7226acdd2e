"""Whether an expression of a method surely gives a whole number: ``dim // heads``, ``int(ratio * size)``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from .kinds import INT, Kind
from .walk import is_self

_COUNTING = frozenset(("int", "len"))
_CHOOSING = frozenset(("max", "min"))
_WHOLE_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)


class WholeNumbers:
    """Decides for one method, by its parameters, by what its local names are bound to, and by attributes so far."""

    def __init__(
        self,
        params: Mapping[str, Kind],
        names: Iterable[ast.Name],
        assigned: Iterable[ast.Assign],
        attributes: Mapping[str, Kind],
        sizes: bool,
    ) -> None:
        self.params = params
        self.attributes = attributes
        self.sizes = sizes  # whether arrays have ``size`` as an attribute
        self.stored = [name.id for name in names if isinstance(name.ctx, ast.Store)]
        self.values: dict[str, list[ast.expr]] = {}
        for node in assigned:
            if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.values.setdefault(node.targets[0].id, []).append(node.value)
        self.asked: set[str] = set()

    def is_whole(self, node: ast.expr) -> bool:
        """Whether the value is surely an integer of Python."""
        if isinstance(node, ast.Constant):
            return type(node.value) is int
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            if is_self(node.value):
                return self.attributes.get(node.attr) == INT
            return self.sizes and node.attr == "size"
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, _WHOLE_OPERATORS) and self.is_whole(node.left) and self.is_whole(node.right)
        if isinstance(node, ast.IfExp):
            return self.is_whole(node.body) and self.is_whole(node.orelse)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            if node.func.id in self.params or node.func.id in self.stored:
                return False
            if node.func.id in _CHOOSING:
                return len(node.args) > 1 and all(map(self.is_whole, node.args))
            return node.func.id in _COUNTING and len(node.args) == 1
        return False

    def _name(self, name: str) -> bool:
        """A parameter or local name: every value that it is bound to is whole."""
        if name in self.asked:
            return True  # ``n = n + 1``: as its other values are
        values = self.values.get(name, [])
        if self.stored.count(name) != len(values) or not (values or name in self.params):
            return False
        self.asked.add(name)
        try:
            return (name not in self.params or self.params[name] == INT) and all(map(self.is_whole, values))
        finally:
            self.asked.discard(name)
