"""Sequences of layers of Keras that are written as PyTorch's: a list of PyTorch's own layers that is only called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from .table_model import Form, Table

SEQUENCE = "keras.Sequential"
ACTIVATION = "keras.Activation"
INPUT = "keras.Input"
# Arguments of a first layer that say what the inputs of a sequence are, without the number of examples.
FIRST = ("input_shape",)
# Layers that do something else while they are trained.
TRAINING = frozenset(("keras.BatchNormalization", "keras.Dropout"))
_OTHER = frozenset((SEQUENCE, "keras.Layer", "keras.Model"))


def sequence_layers(node: ast.AST, op: Callable[[ast.expr], str]) -> Iterator[tuple[ast.Call, str]]:
    """The layers of a sequence with their names in the hub; nothing for a call that makes none, or has other layers.

    ``op`` gives the hub's name of a class that may be written as PyTorch's own.
    """
    if not isinstance(node, ast.Call) or op(node.func) != SEQUENCE:
        return
    given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg != "name")]
    items = given[0].elts if len(given) == 1 and isinstance(given[0], ast.List) else []
    layers = [item for item in items if isinstance(item, ast.Call)]
    if len(layers) != len(items):
        return
    ops = [op(item.func) for item in layers]
    if ops[:1] == [INPUT]:
        layers, ops = layers[1:], ops[1:]
    if INPUT not in ops and all(found and found not in _OTHER for found in ops):
        yield from zip(layers, ops, strict=True)


def activation_forms(target: Table) -> dict[str, Form]:
    """The layers of the target that compute activations of Keras, by the names of these."""
    forms = (form for own in target.own_layers.get(ACTIVATION, ()) for form in own.forms)
    return {ast.literal_eval(predicate[1:]): form for form in forms for _, predicate in form.when}


def activation_layer(made: ast.Call, op: str, known: Collection[str]) -> str | None:
    """The activation of a layer that another layer computes, '' for none, None for one that is not ``known``."""
    value = next((keyword.value for keyword in made.keywords if keyword.arg == "activation"), None)
    if op == ACTIVATION:
        return ""
    if value is None:
        return "" if op != "keras.Dense" or len(made.args) < 2 else None
    if not isinstance(value, ast.Constant) or value.value in (None, "linear"):
        return "" if isinstance(value, ast.Constant) else None
    return str(value.value) if value.value in known else None
