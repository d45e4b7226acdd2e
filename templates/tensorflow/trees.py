"""Nested dicts, lists, tuples and named tuples of arrays: flattened, mapped and put together. None has no leaves."""

import dataclasses
import functools

import tensorflow as tf

from .containers import TREE_NODES, tree_flatten, tree_map
from .dtypes import operation_dtype


def stop_gradients(tree, /):
    """A tensor, or a tree of tensors and numbers, through which no gradient flows."""
    return tree_map(lambda x: tf.stop_gradient(x) if tf.is_tensor(x) or isinstance(x, tf.Variable) else x, tree)


def ravel_tree(tree, /):
    """All numbers of a tree in a vector, and the function that puts such a vector back into the tree."""
    leaves, structure = tree_flatten(tree)
    leaves = [tf.convert_to_tensor(leaf) for leaf in leaves]
    dtype = operation_dtype(*leaves) if leaves else tf.float32
    vector = tf.concat([tf.cast(tf.reshape(leaf, [-1]), dtype) for leaf in leaves] or [tf.zeros(0)], 0)

    def unravel(vector):
        parts = tf.split(vector, [leaf.shape.num_elements() for leaf in leaves]) if leaves else []
        shaped = [tf.reshape(part, leaf.shape) for part, leaf in zip(parts, leaves)]
        return structure.unflatten([tf.cast(part, leaf.dtype) for part, leaf in zip(shaped, leaves)])

    return vector, unravel


def register_pytree_node(cls, flatten, unflatten, /):
    """Take objects of a class for nodes of trees, also in ``tf.nest``, which knows dataclasses with these methods."""
    TREE_NODES[cls] = (flatten, unflatten)
    if not dataclasses.is_dataclass(cls):
        cls.__dataclass_fields__ = {}
    cls.__tf_flatten__ = lambda self: (flatten(self)[1], tuple(flatten(self)[0]))
    cls.__tf_unflatten__ = classmethod(lambda own, data, children: unflatten(data, children))


def device_get(tree, /):
    """A tree with its tensors as NumPy's arrays."""
    return tree_map(lambda x: x.numpy() if tf.is_tensor(x) else x, tree)


def mapped_dataclass(cls=None, /, *, frozen=False):
    """A dataclass whose objects are nodes of trees and mappings of their fields, with ``replace`` and ``to_tuple``."""
    if cls is None:
        return functools.partial(mapped_dataclass, frozen=frozen)
    cls = dataclasses.dataclass(frozen=frozen)(cls)
    names = sorted(field.name for field in dataclasses.fields(cls))
    register_pytree_node(
        cls,
        lambda node: ([getattr(node, name) for name in names], None),
        lambda _, children: cls(**dict(zip(names, children, strict=True))),
    )
    cls.replace = dataclasses.replace
    cls.to_tuple = lambda self: tuple(getattr(self, field.name) for field in dataclasses.fields(self))
    cls.from_tuple = classmethod(lambda own, values: own(*values))
    cls.keys = cls.__iter__ = lambda self: iter([field.name for field in dataclasses.fields(self)])
    cls.__getitem__ = lambda self, name: getattr(self, name)
    cls.__len__ = lambda self: len(names)
    cls.values = cls.to_tuple
    cls.items = lambda self: zip(self.keys(), self.values())
    return cls
