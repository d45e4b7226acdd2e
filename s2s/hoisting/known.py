"""What a constructor can compute: expressions of fields, of names outside the method, and of locals made of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from ..infer import Inference
from ..nodes import is_simple
from .linen_classes import LinenClass
from .tree import bound_names, changed_names, children, names_of, rebuilt

_LATE = (cst.NamedExpr, cst.Await, cst.Yield)


class Known:
    """Grows with the statements of a method. ``made`` has the layers that are attributes now, by their calls."""

    def __init__(self, cls: LinenClass, method: cst.FunctionDef, infer: Inference) -> None:
        self.infer, self.dialect = infer, cls.dialect
        self.bound: Counter[str] = bound_names(method.body) + bound_names(method.params)
        self.changed = changed_names(method.body)
        # A field whose name the method binds too is read as ``self.field`` in the constructor.
        self.attributes = cls.field_names | cls.constants
        self.arguments = cls.field_names - set(self.bound)
        self.names: set[str] = set()
        self.aliases: dict[str, cst.BaseExpression] = {}
        self.made: dict[int, cst.BaseExpression] = {}
        self.used: set[str] = set()

    def computes(self, node: cst.CSTNode, inner: frozenset[str] = frozenset()) -> bool:
        """Whether a constructor can compute an expression."""
        if id(node) in self.made:
            return True
        if isinstance(node, cst.Name):
            return node.value in inner or self._is_outside(node.value)
        if isinstance(node, cst.Attribute) and _is_self(node.value):
            return node.attr.value in self.attributes
        if isinstance(node, _LATE) or isinstance(node, cst.Call) and self._runs(node):
            return False
        if isinstance(node, (cst.Lambda, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)):
            inner |= frozenset(bound_names(node))
        return all(self.computes(part, inner) for part in children(node))

    def _runs(self, node: cst.Call) -> bool:
        return bool(self.dialect.running) and self.dialect.runs(self.infer.name_of(node.func), self.infer)

    def _is_outside(self, name: str) -> bool:
        return name != "self" and (name in self.names or name not in self.bound)

    def learn(self, target: cst.BaseExpression, value: cst.BaseExpression) -> bool:
        """Remember locals that an assignment makes, where a constructor can compute them; whether it can."""
        names = list(names_of(target))
        if not isinstance(target, (cst.Name, cst.Tuple)) or _is_empty(value):
            return False
        if not all(self.bound[name] == 1 and name not in self.changed for name in names):
            return False
        if not self.computes(value):
            return False
        if isinstance(target, cst.Name) and is_simple(value) and not isinstance(value, cst.Tuple):
            self.aliases[target.value] = self.copied(value)
        self.names.update(names)
        return True

    @contextmanager
    def inside(self, target: cst.BaseExpression) -> Iterator[None]:
        """The names that a loop over something known binds, while its body is read."""
        names = set(names_of(target)) - self.names
        self.names |= names
        yield
        self.names -= names

    def moved(self, node: cst.CSTNode) -> cst.CSTNode:
        """An expression as the constructor computes it: ``self.width`` is its argument ``width``."""
        return rebuilt(node, self._answer)

    def copied(self, node: cst.CSTNode) -> cst.CSTNode:
        """The same of an expression that the method keeps."""
        return self.moved(node).deep_clone()

    def _answer(self, node: cst.CSTNode) -> cst.CSTNode | None:
        if id(node) in self.made:
            return self.copied(self.made[id(node)])
        if isinstance(node, cst.Name):
            if node.value in self.names:
                self.used.add(node.value)
            return self.aliases.get(node.value)
        if isinstance(node, cst.Attribute) and _is_self(node.value):
            field = node.attr.value
            return cst.Name(field) if field in self.arguments else node
        return None


def _is_self(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Name) and node.value == "self"


def _is_empty(value: cst.BaseExpression) -> bool:
    """Whether a value is an empty container, which is there to be filled."""
    if isinstance(value, (cst.List, cst.Dict)):
        return not value.elements
    return isinstance(value, cst.Call) and not value.args
