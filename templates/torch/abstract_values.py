"""Shapes and dtypes of what a function gives."""

import torch

from ..shared.abstract_values import ShapeDtypeStruct
from .containers import tree_map


def eval_shape(fun, /, *args):
    """Shapes and dtypes of what a function gives; it is called, with zeros where only a shape is given."""

    def filled(leaf):
        return torch.zeros(leaf.shape, dtype=leaf.dtype) if isinstance(leaf, ShapeDtypeStruct) else leaf

    def described(leaf):
        array = torch.as_tensor(leaf)
        return ShapeDtypeStruct(array.shape, array.dtype)

    return tree_map(described, fun(*tree_map(filled, args)))
