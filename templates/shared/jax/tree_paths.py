"""Trees with the way to each leaf: keys of dictionaries, places in sequences, names of fields."""

import dataclasses
from typing import Any, NamedTuple

from .containers import subtrees, tree_children, tree_structure


class DictKey(NamedTuple):
    """The key of an item of a dictionary."""

    key: Any

    def __str__(self):
        return f"[{self.key!r}]"


class SequenceKey(NamedTuple):
    """The place of an item of a list or tuple."""

    idx: int

    def __str__(self):
        return f"[{self.idx}]"


class GetAttrKey(NamedTuple):
    """The name of a field."""

    name: str

    def __str__(self):
        return f".{self.name}"


class FlattenedIndexKey(NamedTuple):
    """The place of a child of a node that does not name its children."""

    key: int

    def __str__(self):
        return f"[<flat index {self.key}>]"


def keys_of_children(tree, children):
    """A key for each child of a node."""
    _, data, parts = children
    if isinstance(tree, dict):
        return [DictKey(key) for key in data]
    if hasattr(tree, "_fields"):
        return [GetAttrKey(name) for name in tree._fields]
    if isinstance(tree, (list, tuple)):
        return [SequenceKey(i) for i in range(len(parts))]
    if dataclasses.is_dataclass(tree) and len(dataclasses.fields(tree)) == len(parts):
        return [GetAttrKey(field.name) for field in dataclasses.fields(tree)]
    return [FlattenedIndexKey(i) for i in range(len(parts))]


def tree_flatten_with_path(tree, /, *, is_leaf=None):
    """The leaves of a tree, each after the keys on the way to it, and its structure."""
    found = []

    def visit(node, path, last):
        children = None if is_leaf is not None and is_leaf(node) else tree_children(node)
        if children is None:
            found.append((path + last, node))
            return
        own = tuple(map(GetAttrKey, getattr(node, "leaf_names", ())))
        for key, child in zip(keys_of_children(node, children), children[2]):
            visit(child, (*path, key), own)

    visit(tree, (), ())
    return found, tree_structure(tree, is_leaf=is_leaf)


def tree_leaves_with_path(tree, /, *, is_leaf=None):
    """The leaves of a tree, each after the keys on the way to it."""
    return tree_flatten_with_path(tree, is_leaf=is_leaf)[0]


def tree_map_with_path(f, tree, /, *rest, is_leaf=None):
    """``f(keys, leaf, ...)`` of each leaf and of what stands in its place in the other trees."""
    leaves, structure = tree_flatten_with_path(tree, is_leaf=is_leaf)
    others = [subtrees(structure, other) for other in rest]
    return structure.unflatten([f(*pair, *parts) for pair, *parts in zip(leaves, *others, strict=True)])


def keystr(keys, /, *, simple=False, separator=""):
    """The keys on the way to a leaf as text; ``simple`` are the keys alone."""
    return separator.join(str(key[0]) if simple else str(key) for key in keys)
