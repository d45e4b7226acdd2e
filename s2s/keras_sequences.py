"""Sequences of layers of Keras that are written as PyTorch's: a list of PyTorch's own layers that is only called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

SEQUENCE = "keras.Sequential"
# What follows a dense layer in a sequence in place of its activation: the layer of PyTorch and its arguments.
ACTIVATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "celu": ("CELU", {}),
    "elu": ("ELU", {}),
    "gelu": ("GELU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": "0.2"}),
    "log_sigmoid": ("LogSigmoid", {}),
    "log_softmax": ("LogSoftmax", {"dim": "-1"}),
    "mish": ("Mish", {}),
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "selu": ("SELU", {}),
    "sigmoid": ("Sigmoid", {}),
    "silu": ("SiLU", {}),
    "softmax": ("Softmax", {"dim": "-1"}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "swish": ("SiLU", {}),
    "tanh": ("Tanh", {}),
}
_OTHER = frozenset((SEQUENCE, "keras.Dropout", "keras.Layer", "keras.Model"))


def sequence_layers(node: ast.AST, op: Callable[[ast.expr], str]) -> Iterator[tuple[ast.Call, str]]:
    """The layers of a sequence with their names in the hub; nothing for a call that makes none, or has other layers.

    ``op`` gives the hub's name of a class that may be written as PyTorch's own.
    """
    if not isinstance(node, ast.Call) or op(node.func) != SEQUENCE:
        return
    given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg != "name")]
    items = given[0].elts if len(given) == 1 and isinstance(given[0], ast.List) else []
    layers = [item for item in items if isinstance(item, ast.Call)]
    ops = [op(item.func) for item in layers]
    if len(layers) == len(items) and all(found and found not in _OTHER for found in ops):
        yield from zip(layers, ops, strict=True)


def activation_layer(made: ast.Call) -> str | None:
    """The activation of a dense layer that a layer of PyTorch computes, '' for none, None for another one."""
    value = next((keyword.value for keyword in made.keywords if keyword.arg == "activation"), None)
    if value is None:
        return "" if len(made.args) < 2 else None
    if not isinstance(value, ast.Constant) or value.value in (None, "linear"):
        return "" if isinstance(value, ast.Constant) else None
    return value.value if value.value in ACTIVATIONS else None
