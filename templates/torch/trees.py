"""Nested dicts, lists, tuples and named tuples of arrays: flattened, mapped and put together. None has no leaves."""

import dataclasses
import functools

import numpy as np
import torch

from .containers import TREE_NODES, tree_flatten, tree_map


def stop_gradients(tree, /):
    """A tensor, or a tree of tensors and numbers, through which no gradient flows."""
    return tree_map(lambda x: x.detach() if isinstance(x, torch.Tensor) else x, tree)


def ravel_tree(tree, /):
    """All numbers of a tree in a vector, and the function that puts such a vector back into the tree."""
    leaves, structure = tree_flatten(tree)
    leaves = [torch.as_tensor(leaf) for leaf in leaves]
    vector = torch.cat([leaf.flatten() for leaf in leaves]) if leaves else torch.zeros(0)

    def unravel(vector):
        parts = torch.split(vector, [leaf.numel() for leaf in leaves]) if leaves else []
        return structure.unflatten([part.reshape(leaf.shape).to(leaf.dtype) for part, leaf in zip(parts, leaves)])

    return vector, unravel


def register_pytree_node(cls, flatten, unflatten, /):
    """Take objects of a class for nodes of trees, also in ``torch.func``."""
    TREE_NODES[cls] = (flatten, unflatten)
    torch.utils._pytree.register_pytree_node(
        cls, lambda node: (list(flatten(node)[0]), flatten(node)[1]), lambda children, data: unflatten(data, children)
    )


def on_tensors(function):
    """A function that takes arrays of NumPy too, alone or in trees; they become tensors of 32 bits."""

    @functools.wraps(function)
    def called(*args, **kwargs):
        args, kwargs = tree_map(narrow_tensor, (args, kwargs))
        return function(*args, **kwargs)

    return called


def narrow_tensor(leaf):
    """An array of NumPy as a tensor, with 32 bits for 64; other values as they are."""
    if not isinstance(leaf, (np.ndarray, np.generic)):
        return leaf
    tensor = torch.tensor(leaf)
    narrow = {torch.float64: torch.get_default_dtype(), torch.int64: torch.int32, torch.complex128: torch.complex64}
    return tensor.to(narrow.get(tensor.dtype, tensor.dtype))


def device_get(tree, /):
    """A tree with its tensors as NumPy's arrays."""
    return tree_map(lambda x: x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else x, tree)


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
