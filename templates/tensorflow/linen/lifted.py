"""The variables of layers of flax.linen that run several times, split along an axis or shared."""


import keras
import tensorflow as tf

from ..containers import tree_map
from ..module import attribute_name, public_name
from .base import Module, fresh
from .running import running
from .stacks import WHOLE, below


class Repeated:
    """A layer whose call runs another one several times; ``split`` has the axes of the collections of variables."""

    def call(self, *args):
        return self._run(self, *args)


def step_of(tree, axis, i):
    """One slice of each array along an axis, or all of it without one."""
    if axis in (None, WHOLE):
        return tree
    return tree_map(lambda x: x[(slice(None),) * (axis % len(x.shape)) + (i,)], tree)


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
    for attribute, value in list(vars(layer).items()):
        name = public_name(attribute)
        if isinstance(value, keras.Variable):
            found.setdefault(layer.collections.get(name, "params"), {})[name] = (
                tf.convert_to_tensor(value)
            )
        elif isinstance(value, Module) and value._place.owner is layer:
            for col, tree in variables_of(value).items():
                found.setdefault(col, {})[name] = tree
    return found


def store_variables(layer, col, tree):
    """Keep variables of a collection in a layer and in layers below it by their names."""
    for name, value in tree.items():
        if isinstance(value, dict):
            child = vars(layer).get(attribute_name(name))
            if child is None:
                with running(None):
                    child = Module()
                layer._own(name, child)
            store_variables(child, col, value)
        elif col == "params":
            layer.param(name, lambda key, value=value: value)
        else:
            layer.put_variable(col, name, value)
