"""Which expressions make layers that change their argument in place: ``nn.ReLU(inplace=True)``, and what holds one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from .table_model import Entry
from .walk import is_self

LAYER = "layer"  # a layer that changes its argument
FIRST = "first"  # a sequence that begins with one
HOLDER = "holder"  # what holds such a layer somewhere, or may be one

_FLAG = "inplace"
_SEQUENCES = ("Sequential",)


def has_true(calls: Iterable[ast.Call]) -> bool:
    """Whether some call is given ``inplace=True``, or True by position: else no layer changes its argument."""
    return any(_is_true(k.value) for call in calls for k in call.keywords if k.arg == _FLAG) or any(
        _is_true(argument) for call in calls for argument in call.args
    )


def first_calls(node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> frozenset[str]:
    """The attributes of self that a method calls with its first parameter before it binds that anew."""
    names = [arg.arg for arg in node.args.args]
    if len(names) < 2 or names[0] != "self":
        return frozenset()
    calls = [call for call in below.get(ast.Call, ()) if _is_given(call, names[1])]
    if not calls:
        return frozenset()
    stores = [n for n in below.get(ast.Name, ()) if n.id == names[1] and isinstance(n.ctx, ast.Store)]
    first = min(map(_place, stores), default=None)
    ends = ((line.end_lineno or 0, line.end_col_offset or 0) for line in node.body)
    # The end of the statement that binds the parameter anew.
    end = next((end for end in ends if first is not None and end > first), None)
    return frozenset(call.func.attr for call in calls if end is None or _place(call) < end)


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _is_given(call: ast.Call, name: str) -> bool:
    """Whether a call is that of an attribute of self, with a name as its first argument."""
    first = call.args[0] if call.args else None
    given = isinstance(first, ast.Name) and first.id == name
    return given and isinstance(call.func, ast.Attribute) and is_self(call.func.value)


class ChangingLayers:
    """What the names and attributes that a function binds hold."""

    def __init__(
        self, below: dict[type, list], resolve: Callable[[ast.expr], str], find: Callable[[str], Entry | None]
    ) -> None:
        self.resolve, self.find = resolve, find
        self.bound: dict[str, list[ast.expr]] = {}
        self.added: dict[str, list[ast.expr]] = {}
        self._asked: set[str] = set()
        self._known: dict[str, str] = {}
        for node in below.get(ast.Assign, ()):
            for target in node.targets:
                self.bound.setdefault(ast.unparse(target), []).append(node.value)
        for node in below.get(ast.AugAssign, ()):
            self.added.setdefault(ast.unparse(node.target), []).append(node.value)
        for node in below.get(ast.Call, ()):
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "extend") and node.args:
                self.added.setdefault(ast.unparse(node.func.value), []).append(node.args[0])

    def held(self) -> dict[str, str]:
        """The names and attributes that hold such a layer, as they are written -> how."""
        found = {name: self._of_name(name) for name in (*self.bound, *self.added)}
        return {name: how for name, how in found.items() if how}

    def of(self, node: ast.expr) -> str:
        """How the value of an expression holds such a layer, '' where it does not."""
        if isinstance(node, ast.Call):
            return self._of_call(node)
        if isinstance(node, ast.Name):
            return self._of_name(node.id)
        if isinstance(node, ast.IfExp):
            return _joined([self.of(node.body), self.of(node.orelse)])
        if isinstance(node, (ast.List, ast.Tuple)):
            return HOLDER if any(map(self.of, node.elts)) else ""
        if isinstance(node, ast.Dict):
            return HOLDER if any(map(self.of, node.values)) else ""
        if isinstance(node, ast.BinOp):
            return HOLDER if self.of(node.left) or self.of(node.right) else ""
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return HOLDER if self.of(node.elt) else ""
        return ""

    def _of_name(self, name: str) -> str:
        if name in self._known or name in self._asked:
            return self._known.get(name, "")
        self._asked.add(name)
        found = _joined([self.of(value) for value in self.bound.get(name, ())])
        if any(map(self.of, self.added.get(name, ()))):
            found = found or HOLDER
        self._asked.remove(name)
        self._known[name] = found
        return found

    def _of_call(self, node: ast.Call) -> str:
        name = self.resolve(node.func)
        entry = self.find(name) if name else None
        if entry is None or not entry.op:
            keyword = any(k.arg == _FLAG and _is_true(k.value) for k in node.keywords)
            return HOLDER if keyword or any(map(self.of, node.args)) else ""
        if entry.op in _SEQUENCES:
            return self._of_sequence(node.args)
        if _flagged(node, entry):
            return LAYER
        return HOLDER if any(map(self.of, node.args)) else ""

    def _of_sequence(self, args: Sequence[ast.expr]) -> str:
        """A sequence matters by what it begins with."""
        if not args:
            return ""
        if isinstance(args[0], ast.Starred):
            return self._first_of(args[0].value)
        if isinstance(args[0], ast.Call) and ast.unparse(args[0].func).endswith("OrderedDict"):
            return self._first_of(args[0].args[0]) if args[0].args else ""
        return FIRST if self.of(args[0]) in (LAYER, FIRST) else ""

    def _first_of(self, node: ast.expr) -> str:
        """How a list begins."""
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            first = node.elts[0]
            if isinstance(first, ast.Starred):
                return self._first_of(first.value)
            if isinstance(first, ast.Tuple) and len(first.elts) == 2:  # ("relu", nn.ReLU())
                first = first.elts[1]
            return FIRST if self.of(first) in (LAYER, FIRST) else ""
        if isinstance(node, ast.BinOp):
            return self._first_of(node.left)
        if isinstance(node, ast.IfExp):
            return self._first_of(node.body) or self._first_of(node.orelse)
        if isinstance(node, ast.Name) and node.id not in self._asked:
            self._asked.add(node.id)
            values = self.bound.get(node.id, [])
            found = FIRST if any(map(self._first_of, values)) else ""
            empty = any(isinstance(value, ast.List) and not value.elts for value in values)
            if empty and node.id in self.added:
                first = self.added[node.id][0]
                found = found or self._first_of(first) or (FIRST if self.of(first) in (LAYER, FIRST) else "")
            self._asked.remove(node.id)
            return found
        return ""


def _flagged(node: ast.Call, entry: Entry) -> bool:
    """Whether ``inplace`` is given as True."""
    if _FLAG not in entry.ignore:
        return False
    position = next((n for n, arg in enumerate(entry.args) if arg.canonical == _FLAG), len(entry.args))
    keyword = next((k.value for k in node.keywords if k.arg == _FLAG), None)
    value = keyword or (node.args[position] if len(node.args) > position else None)
    return value is not None and _is_true(value)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _joined(found: list[str]) -> str:
    """What a name that is one of several things is."""
    kinds = {*found}
    if len(kinds) == 1:
        return kinds.pop()
    return FIRST if FIRST in kinds else HOLDER if kinds - {""} else ""
