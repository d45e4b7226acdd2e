"""Nested dicts, lists, tuples and named tuples of arrays: flattened, mapped and put together. None has no leaves."""

import dataclasses
import functools

import numpy as np

from .containers import TREE_NODES, tree_flatten
from .dtypes import operation_dtype


def ravel_tree(tree, /):
    """All numbers of a tree in a vector, and the function that puts such a vector back into the tree."""
    leaves, structure = tree_flatten(tree)
    leaves = [np.asarray(leaf) for leaf in leaves]
    dtype = operation_dtype(*leaves) if leaves else np.float32
    vector = np.concatenate([np.ravel(leaf) for leaf in leaves] or [()]).astype(dtype)

    def unravel(vector):
        parts = np.split(vector, np.cumsum([leaf.size for leaf in leaves])[:-1]) if leaves else []
        return structure.unflatten([part.reshape(leaf.shape).astype(leaf.dtype) for part, leaf in zip(parts, leaves)])

    return vector, unravel


def register_pytree_node(cls, flatten, unflatten, /):
    """Take objects of a class for nodes of trees."""
    TREE_NODES[cls] = (flatten, unflatten)


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
