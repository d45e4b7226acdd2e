"""Dictionaries of parameters or state of Haiku, by modules and names: walked over, filtered, joined."""

import math

from ..containers import tree_leaves


def walk_values(structure, /):
    """The name of the module, the own name and the value of each, in the order of names."""
    for module, values in sorted(structure.items()):
        for name, value in sorted(values.items()):
            yield module, name, value


def partition_values(fn, structure, n, /):
    """``n`` dictionaries of the values for which ``fn(module, name, value)`` is their number."""
    parts = tuple({} for _ in range(n))
    for module, name, value in walk_values(structure):
        parts[int(fn(module, name, value))].setdefault(module, {})[name] = value
    return parts


def divide_values(predicate, structure, /):
    """The values for which ``predicate(module, name, value)`` holds, and the others."""
    return partition_values(lambda module, name, value: not predicate(module, name, value), structure, 2)


def filter_values(predicate, structure, /):
    """The values for which ``predicate(module, name, value)`` holds."""
    return divide_values(predicate, structure)[0]


def map_values(fn, structure, /):
    """Dictionaries of ``fn(module, name, value)``."""
    made = {}
    for module, name, value in walk_values(structure):
        made.setdefault(module, {})[name] = fn(module, name, value)
    return made


def merge_values(*structures, check_duplicates=False):
    """The values of several dictionaries, those of later ones where there are two."""
    made = {}
    for structure in structures:
        for module, name, value in walk_values(structure):
            part = made.setdefault(module, {})
            same = name not in part or (part[name].shape, part[name].dtype) == (value.shape, value.dtype)
            if check_duplicates and not same:
                raise ValueError(f"{module}/{name} has two values of unlike shapes or dtypes")
            part[name] = value
    return made


def are_among(*, subset, superset):
    """Whether all values of a dictionary have one of the same names in another."""
    there = {(module, name) for module, name, _ in walk_values(superset)}
    return all((module, name) in there for module, name, _ in walk_values(subset))


def copy_values(structure, /):
    """Dictionaries of their own with the same values."""
    return {module: dict(values) for module, values in structure.items()}


def mutable_copy(structure, /):
    """A dictionary of its own with the same dictionaries."""
    return dict(structure)


def tree_size(tree, /):
    """How many numbers the arrays of a tree have."""
    return sum(math.prod(leaf.shape) for leaf in tree_leaves(tree))
