"""Shapes and dtypes of what a function gives."""

import numpy as np

from ..shared.abstract_values import ShapeDtypeStruct
from .containers import tree_map


def eval_shape(fun, /, *args):
    """Shapes and dtypes of what a function gives; it is called, with zeros where only a shape is given."""

    def filled(leaf):
        return np.zeros(leaf.shape, leaf.dtype) if isinstance(leaf, ShapeDtypeStruct) else leaf

    def described(leaf):
        array = np.asarray(leaf)
        return ShapeDtypeStruct(array.shape, array.dtype)

    return tree_map(described, fun(*tree_map(filled, args)))
