"""The sizes of the inputs of layers, which Keras finds at the first call, where the code says them.

``self.outer(self.inner(x))`` with ``self.inner = Dense(hidden)`` tells that the inputs of ``self.outer`` have
``hidden`` numbers, whatever ``x`` is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from .imported_names import imported_name
from .keras_called import Called, is_of_self
from .table_model import Entry, HubOp, Table
from .walk import ast_nodes

Places = tuple[str, str]
"""A class and an attribute."""

# Functions of one array whose results have its shape.
_SAME = frozenset(
    """abs elu exp gelu hard_sigmoid hard_swish leaky_relu log_softmax mish relu relu6 selu sigmoid silu softmax
    softplus softsign sqrt square tanh""".split()
)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def is_sized(own: Entry) -> bool:
    """Whether a layer may be told the size of its inputs."""
    return ".Lazy" in own.layer and own.layer != (own.sized.call if own.sized is not None else "")


def input_sizes(
    layers: Mapping[Places, Called], source: Table, target: Table, hub: Mapping[str, HubOp]
) -> dict[Places, str]:
    """The sizes of the inputs as code that may stand in the constructors of the layers."""
    owns = {op: found[0] for op, found in target.own_layers.items()}
    found: dict[Places, str] = {}
    for cls in {cls for cls, _ in layers}:
        own = {attribute: layer for (other, attribute), layer in layers.items() if other == cls}
        node = next(iter(own.values())).node
        flow = _Flow(own, source, owns, hub)
        for method in (part for part in node.body if isinstance(part, ast.FunctionDef)):
            flow.statements(method.body, {})
        for attribute, layer in own.items():
            calls = sum(is_of_self(part) and part.attr == attribute for part in ast_nodes(node)) - 1
            sizes = flow.seen.get(attribute, [])
            maker = {flow.makers.get(size) for size in sizes}
            alike = len(sizes) == calls and len(set(sizes)) == 1 and sizes[0] != ""
            if is_sized(owns[layer.op]) and alike and maker == {layer.method}:
                found[cls, attribute] = sizes[0]
    return found


def _said(layer: Called, name: str, op: HubOp) -> str:
    """The size of a layer's outputs where it is made of numbers and arguments of the method that makes it, else ''."""
    value = layer.argument(name, place_of(name, op))
    parts = ast_nodes(value) if value is not None else []
    given = {arg.arg for arg in (*layer.method.args.args, *layer.method.args.kwonlyargs)}
    bound = {p.id for p in ast_nodes(layer.method) if isinstance(p, ast.Name) and not isinstance(p.ctx, ast.Load)}
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    plain = all(isinstance(part, (ast.Name, ast.Constant, ast.BinOp)) for part in parts)
    return ast.unparse(value) if value is not None and plain and names <= given - bound else ""


def place_of(name: str, op: HubOp) -> int:
    """The place of an argument among those of a layer."""
    return [param.name for param in op.params].index(name)


class _Flow:
    """What is known of the last axes of arrays; ``seen`` are those that layers are called with, '' for unknown ones."""

    def __init__(
        self, layers: Mapping[str, Called], source: Table, owns: Mapping[str, Entry], hub: Mapping[str, HubOp]
    ) -> None:
        self.layers, self.source, self.owns, self.hub = layers, source, owns, hub
        self.seen: dict[str, list[str]] = {}
        self.makers: dict[str, ast.FunctionDef | None] = {}

    def statements(self, body: list[ast.stmt], known: dict[str, str]) -> None:
        """Follow statements; ``known`` has the sizes of local arrays and is changed."""
        for statement in body:
            self._statement(statement, known)

    def _statement(self, node: ast.stmt, known: dict[str, str]) -> None:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            size = self.size(node.value, known)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            _forget(targets, known)
            if len(targets) == 1 and isinstance(targets[0], ast.Name) and size:
                known[targets[0].id] = size
        elif isinstance(node, (ast.Expr, ast.Return)):
            self.size(node.value, known)
        elif isinstance(node, ast.If):
            self.size(node.test, known)
            first, second = dict(known), dict(known)
            self.statements(node.body, first)
            self.statements(node.orelse, second)
            known.clear()
            known.update({name: size for name, size in first.items() if second.get(name) == size})
        else:
            _forget([node], known)
            self._inside(node, known)
            _forget([node], known)

    def _inside(self, node: ast.stmt, known: dict[str, str]) -> None:
        """Loops, blocks and all others: what they bind is not known anywhere in them."""
        bodies = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
        if not isinstance(node, (ast.For, ast.While, ast.With, ast.Try)) or getattr(node, "handlers", None):
            self._unknown(node)
            return
        for field in ("test", "iter"):
            self.size(getattr(node, field, None), known)
        for item in getattr(node, "items", ()):
            self.size(item.context_expr, known)
        for body in bodies:
            self.statements(body or [], dict(known))

    def size(self, node: ast.expr | None, known: Mapping[str, str]) -> str:
        """The size of the last axis of a value, '' where it is not known; every call of a layer inside is noted."""
        if isinstance(node, ast.Name):
            return known.get(node.id, "")
        if isinstance(node, ast.BinOp):
            sides = self.size(node.left, known), self.size(node.right, known)
            number = isinstance(node.left, ast.Constant), isinstance(node.right, ast.Constant)
            same = sides[1] if number[0] else sides[0] if number[1] or sides[0] == sides[1] else ""
            return same if isinstance(node.op, _ARITHMETIC) else ""
        if isinstance(node, ast.UnaryOp):
            return self.size(node.operand, known)
        if isinstance(node, ast.Call):
            return self._call(node, known)
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Starred, ast.Compare, ast.IfExp)):
            for part in ast.iter_child_nodes(node):
                self.size(part if isinstance(part, ast.expr) else None, known)
        elif node is not None:
            self._unknown(node)
        return ""

    def _call(self, node: ast.Call, known: Mapping[str, str]) -> str:
        sizes = [self.size(argument, known) for argument in (*node.args, *(k.value for k in node.keywords))]
        first = sizes[0] if node.args else ""
        layer = self.layers.get(node.func.attr) if is_of_self(node.func) else None
        if layer is not None and is_of_self(node.func):
            self.seen.setdefault(node.func.attr, []).append(first)
            own = self.owns[layer.op]
            if not own.size:
                return first if own.size is not None else ""
            size = _said(layer, own.size, self.hub[layer.op]) if self._keeps_shape(layer) else ""
            self.makers[size] = layer.method if self.makers.get(size, layer.method) is layer.method else None
            return size
        if not is_of_self(node.func):
            self.size(node.func, known)
        return first if self._op(node.func) in _SAME else ""

    def _op(self, node: ast.expr) -> str:
        name = imported_name(node, next(iter(self.layers.values())).info)
        entry = self.source.find(name) if name else None
        return entry.op if entry is not None else ""

    def _keeps_shape(self, layer: Called) -> bool:
        """Whether the activation of a layer is one of Keras'; one of the project may do anything."""
        op = self.hub[layer.op]
        has = op.param("activation") is not None
        value = layer.argument("activation", place_of("activation", op)) if has else None
        if not isinstance(value, ast.Constant):
            return value is None or self._op(value) in _SAME
        entry = self.source.find(f"keras.activations.{value.value}") if isinstance(value.value, str) else None
        return value.value in (None, "linear") or entry is not None and entry.op in _SAME

    def _unknown(self, node: ast.AST) -> None:
        """Note the calls of layers inside as calls with anything."""
        for part in ast_nodes(node):
            if isinstance(part, ast.Call) and is_of_self(part.func) and part.func.attr in self.layers:
                self.seen.setdefault(part.func.attr, []).append("")


def _forget(nodes: Sequence[ast.AST], known: dict[str, str]) -> None:
    """Forget the names that are bound."""
    for part in (part for node in nodes for part in ast_nodes(node)):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            known.pop(part.id, None)
