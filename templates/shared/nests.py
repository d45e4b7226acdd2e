"""Structures of lists, tuples and dictionaries as TensorFlow and Keras walk through them: None is a leaf."""


def branches(structure):
    """The items of a list, tuple or dictionary, a dictionary's by its sorted keys; None for a leaf."""
    if isinstance(structure, dict):
        return [structure[key] for key in sorted(structure)]
    return list(structure) if isinstance(structure, (list, tuple)) else None


def with_branches(structure, items):
    """A structure of the same class with other items."""
    if isinstance(structure, dict):
        found = dict(zip(sorted(structure), items))
        return type(structure)((key, found[key]) for key in structure)
    return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)


def assert_same_structure(first, second, check_types=True):
    """Raise unless two structures have the same branches."""
    one, other = branches(first), branches(second)
    if (one is None) != (other is None) or one is not None and len(one) != len(other):
        raise ValueError(f"the structures differ: {first!r} and {second!r}")
    if one is None:
        return
    if check_types and type(first) is not type(second):
        raise TypeError(f"the structures are of the classes {type(first)} and {type(second)}")
    if isinstance(first, dict) and (not isinstance(second, dict) or first.keys() != second.keys()):
        raise ValueError(f"the keys differ: {list(first)} and {list(second)}")
    for pair in zip(one, other):
        assert_same_structure(*pair, check_types=check_types)


def flatten_structure(structure):
    """The leaves of a structure in order; of what is none, the value alone."""
    items = branches(structure)
    return [structure] if items is None else [leaf for item in items for leaf in flatten_structure(item)]


def map_structure(function, *structures):
    """The structure of what a function gives for the leaves of one structure, or of several alike."""
    first, *rest = structures
    for other in rest:
        assert_same_structure(first, other)
    items = branches(first)
    if items is None:
        return function(*structures)
    return with_branches(first, [map_structure(function, *parts) for parts in zip(*map(branches, structures))])


def pack_structure(structure, leaves):
    """A structure of the same form with these leaves."""
    rest = list(leaves)
    count = len(flatten_structure(structure))
    if len(rest) != count:
        raise ValueError(f"the structure has {count} leaves, {len(rest)} are given")
    return map_structure(lambda _: rest.pop(0), structure)


def nested_depth(item):
    """How deep lists are nested."""
    return 1 + nested_depth(item[0]) if isinstance(item, list) else 0


def leaves_of(item):
    """What lists in lists hold, in order."""
    return [leaf for part in item for leaf in leaves_of(part)] if isinstance(item, list) else [item]
