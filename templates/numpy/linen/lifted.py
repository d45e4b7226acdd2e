"""The variables of layers of flax.linen that run several times, split along an axis or shared."""


import numpy as np

from ..containers import tree_map
from .base import Module, fresh
from .running import running
from .stacks import WHOLE, below


class Repeated:
    """A layer whose call runs another one several times; ``split`` has the axes of the collections of variables."""

    def __call__(self, *args):
        return self._run(self, *args)


def step_of(tree, axis, i):
    """One slice of each array along an axis, or all of it without one."""
    if axis in (None, WHOLE):
        return tree
    return tree_map(lambda x: x[(slice(None),) * (axis % x.ndim) + (i,)], tree)


def plain(layer):
    """The layer that a repeated one runs, without variables."""
    with running(None):
        copy = fresh(layer, {})
    copy.__class__ = type(layer).__mro__[2]
    return copy


def variables_of(layer):
    """The variables of a layer and of those below it by collection."""
    root, path = layer._root()
    if root._given is not None:
        return {col: found for col in root._given if (found := below(root._given[col], path))}
    found = {}
    for name, value in list(vars(layer).items()):
        if isinstance(value, np.ndarray):
            found.setdefault(layer.collections.get(name, "params"), {})[name] = value
        elif isinstance(value, Module) and value._place.owner is layer:
            for col, tree in variables_of(value).items():
                found.setdefault(col, {})[name] = tree
    return found


def store_variables(layer, col, tree):
    """Keep variables of a collection in a layer and in layers below it by their names."""
    for name, value in tree.items():
        if isinstance(value, dict):
            child = vars(layer).get(name)
            if child is None:
                with running(None):
                    child = Module()
                layer._own(name, child)
            store_variables(child, col, value)
        elif col == "params":
            layer.param(name, lambda key, value=value: value)
        else:
            layer.put_variable(col, name, value)
