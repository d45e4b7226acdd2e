"""``self.inner = Dense(8, activation="relu")``, ``self.inner(x)`` -> ``Dense(8)``, ``relu(self.inner(x))``.

PyTorch's affine maps and convolutions apply no activation. Where all calls of a layer are seen, they apply it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import libcst as cst

from ..imported_names import imported_name
from ..keras_called import Called
from ..keras_sequences import ACTIVATION
from ..keras_sizes import place_of
from ..nodes import call, dotted
from ..table_model import HubOp, Table
from ..walk import ast_nodes
from .tree import below, rebuilt

Activated = frozenset[tuple[str, str]]
"""Class and attribute of the layers whose activation their calls apply."""

_FUNCTIONS = "keras.activations"
_NAME = "activations"


def activated_layers(
    layers: Mapping[tuple[str, str], Called], source: Table, hub: Mapping[str, HubOp]
) -> Activated:
    """The layers, of those that are only called by their class, whose activation may be applied where this happens."""
    return frozenset(place for place, layer in layers.items() if _applies(layer, source, hub[layer.op]))


def _applies(layer: Called, source: Table, op: HubOp) -> bool:
    """Whether the activation of a layer is a function that may be named wherever the layer is called."""
    if op.param("activation") is None or op.name == ACTIVATION:
        return False
    place = place_of("activation", op)
    value = layer.argument("activation", place)
    if value is None or len(layer.made.args) > place + 1:
        return False
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str) and source.find(f"{_FUNCTIONS}.{value.value}") is not None
    parts = ast_nodes(layer.node)
    names = {part.id for part in ast_nodes(value) if isinstance(part, ast.Name)}
    bound = {part.id for part in parts if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    bound |= {part.arg for part in parts if isinstance(part, ast.arg)}
    imported = isinstance(value, (ast.Name, ast.Attribute)) and imported_name(value, layer.info)
    own = isinstance(value, ast.Name) and value.id in layer.info.functions
    return bool(imported and source.find(imported) is not None or own) and not names & bound


def with_called_activations(module: cst.Module, name: str, activated: Activated) -> cst.Module:
    """The module with the activations of layers applied where the layers are called."""
    wanted: dict[str, set[str]] = {}
    for cls, attribute in activated:
        owner, _, kind = cls.rpartition(".")
        if owner == name:
            wanted.setdefault(kind, set()).add(attribute)
    changes = _Changes(f"keras_{_NAME}" if _NAME in _top_names(module) else _NAME)
    body = [
        changes.of_class(node, wanted[node.name.value])
        if isinstance(node, cst.ClassDef) and node.name.value in wanted
        else node
        for node in module.body
    ]
    if changes.imports:
        last = max(i for i, node in enumerate(body) if _is_import(node))
        line = f"from {_FUNCTIONS.rpartition('.')[0]} import {_NAME} as {changes.name}"
        body.insert(last + 1, cst.parse_statement(line))
    return module.with_changes(body=body) if wanted else module


class _Changes:
    """Classes with called activations; ``imports`` is whether Keras' own functions are among these, as ``name``."""

    def __init__(self, name: str) -> None:
        self.name, self.imports = name, False

    def of_class(self, node: cst.ClassDef, attributes: set[str]) -> cst.BaseStatement:
        """A class whose layers in these attributes have no activation any more."""
        functions: dict[str, cst.BaseExpression | None] = {}
        for part in below(node):
            if isinstance(part, cst.Assign) and _attribute(part.targets[0].target) in attributes:
                function = self._function(_argument(part.value).value)
                functions[_attribute(part.targets[0].target)] = function
        return rebuilt(node, lambda part: self._changed(part, functions))

    def _function(self, value: cst.BaseExpression) -> cst.BaseExpression | None:
        """The function that is called; None for the identity."""
        if not isinstance(value, cst.SimpleString):
            return value
        if value.evaluated_value == "linear":
            return None
        self.imports = True
        return dotted(f"{self.name}.{value.evaluated_value}")

    def _changed(self, part: cst.CSTNode, functions: Mapping[str, cst.BaseExpression | None]) -> cst.CSTNode | None:
        if isinstance(part, cst.Assign) and _attribute(part.targets[0].target) in functions:
            made = cst.ensure_type(part.value, cst.Call)
            args = [arg for arg in made.args if arg is not _argument(made)]
            if args and args[-1] is not made.args[-1]:
                args[-1] = args[-1].with_changes(comma=made.args[-1].comma)
            return part.with_changes(value=made.with_changes(args=args))
        function = functions.get(_attribute(part.func)) if isinstance(part, cst.Call) else None
        if function is None:
            return None
        inner = part.with_changes(args=[rebuilt(arg, lambda p: self._changed(p, functions)) for arg in part.args])
        return call(function.deep_clone(), inner)


def _argument(made: cst.BaseExpression) -> cst.Arg:
    """The argument of a constructor that is the activation."""
    args = cst.ensure_type(made, cst.Call).args
    return next((arg for arg in args if arg.keyword is not None and arg.keyword.value == "activation"), args[-1])


def _attribute(node: cst.CSTNode) -> str:
    """``inner`` of ``self.inner``, '' for anything else."""
    of_self = isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"
    return node.attr.value if of_self else ""


def _is_import(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Import, cst.ImportFrom))


def _top_names(module: cst.Module) -> set[str]:
    """The names that appear in a module."""
    return {part.value for node in module.body for part in below(node) if isinstance(part, cst.Name)}
