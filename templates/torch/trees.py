"""Nested dicts, lists, tuples and named tuples of arrays: flattened, mapped and put together. None has no leaves."""

import dataclasses
import functools
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import torch

# Class -> (flatten, unflatten), as registered: flatten gives (children, data), unflatten takes (data, children).
TREE_NODES: dict = {}


class TreeDef(NamedTuple):
    """The structure of a tree: the type of a node, what it holds beside its children, and their structures."""

    kind: type | None
    data: Any
    children: tuple

    @property
    def num_leaves(self):
        """How many leaves a tree of this structure has."""
        return 1 if self.kind is None else sum(child.num_leaves for child in self.children)

    def unflatten(self, leaves):
        """The tree of this structure with these leaves."""
        return rebuild(self, iter(leaves))


def tree_children(tree):
    """(type, data, children) of a node; None for a leaf."""
    kind = type(tree)
    if tree is None:
        return kind, None, ()
    if kind in TREE_NODES:
        children, data = TREE_NODES[kind][0](tree)
        return kind, data, tuple(children)
    if isinstance(tree, dict):
        keys = tuple(tree if isinstance(tree, OrderedDict) else sorted(tree))
        return kind, keys, tuple(tree[key] for key in keys)
    if isinstance(tree, (list, tuple)):
        return kind, None, tuple(tree)
    return None


def rebuild(structure, leaves):
    """A tree from its structure and an iterator over its leaves."""
    if structure.kind is None:
        return next(leaves)
    children = [rebuild(child, leaves) for child in structure.children]
    kind = structure.kind
    if kind is type(None):
        return None
    if kind in TREE_NODES:
        return TREE_NODES[kind][1](structure.data, children)
    if issubclass(kind, dict):
        return kind(zip(structure.data, children, strict=True))
    return kind(*children) if hasattr(kind, "_fields") else kind(children)


def tree_flatten(tree, /, *, is_leaf=None):
    """The leaves of a tree and its structure."""
    leaves: list = []

    def structure(node):
        found = None if is_leaf is not None and is_leaf(node) else tree_children(node)
        if found is None:
            leaves.append(node)
            return TreeDef(None, None, ())
        kind, data, children = found
        return TreeDef(kind, data, tuple(structure(child) for child in children))

    return leaves, structure(tree)


def tree_leaves(tree, /, *, is_leaf=None):
    """The leaves of a tree; dicts in the order of their keys."""
    return tree_flatten(tree, is_leaf=is_leaf)[0]


def tree_structure(tree, /, *, is_leaf=None):
    """The structure of a tree."""
    return tree_flatten(tree, is_leaf=is_leaf)[1]


def tree_unflatten(treedef, leaves, /):
    """The tree of a structure with these leaves."""
    return treedef.unflatten(leaves)


def subtrees(structure, tree):
    """What stands in a tree where the structure has its leaves."""
    if structure.kind is None:
        return [tree]
    kind, data, children = tree_children(tree) or (None, None, ())
    if (
        kind is not structure.kind
        or data != structure.data
        or len(children) != len(structure.children)
    ):
        raise ValueError("the trees differ in structure")
    return [
        part
        for below, child in zip(structure.children, children)
        for part in subtrees(below, child)
    ]


def tree_map(f, tree, /, *rest, is_leaf=None):
    """``f`` of each leaf and of what stands in its place in the other trees."""
    leaves, structure = tree_flatten(tree, is_leaf=is_leaf)
    others = [subtrees(structure, other) for other in rest]
    return structure.unflatten([f(*parts) for parts in zip(leaves, *others, strict=True)])


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


def tree_reduce(function, tree, /, initializer=..., *, is_leaf=None):
    """The leaves combined from left to right, after an initial value if there is one."""
    start = () if initializer is ... else (initializer,)
    return functools.reduce(function, tree_leaves(tree, is_leaf=is_leaf), *start)


def tree_all(tree, /, *, is_leaf=None):
    """Whether all leaves are true."""
    return all(tree_leaves(tree, is_leaf=is_leaf))


def register_pytree_node(cls, flatten, unflatten, /):
    """Take objects of a class for nodes of trees, also in ``torch.func``."""
    TREE_NODES[cls] = (flatten, unflatten)
    torch.utils._pytree.register_pytree_node(
        cls, lambda node: (list(flatten(node)[0]), flatten(node)[1]), lambda children, data: unflatten(data, children)
    )


def register_pytree_node_class(cls, /):
    """Take objects of a class with ``tree_flatten`` and ``tree_unflatten`` for nodes of trees."""
    register_pytree_node(cls, cls.tree_flatten, cls.tree_unflatten)
    return cls


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


def register_dataclass(cls, /, data_fields=None, meta_fields=None, drop_fields=()):
    """Take objects of a dataclass for nodes of trees; fields that are static belong to the structure."""
    if data_fields is None:
        fields = [(field.name, field.metadata.get("static", False)) for field in dataclasses.fields(cls)]
        data_fields = [name for name, static in fields if not static]
        meta_fields = [name for name, static in fields if static]
    names = (*data_fields, *meta_fields)
    register_pytree_node(
        cls,
        lambda node: ([getattr(node, name) for name in data_fields], [getattr(node, name) for name in meta_fields]),
        lambda values, children: cls(**dict(zip(names, (*children, *values), strict=True))),
    )
    return cls


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
