"""Lists, tuples and dictionaries of arrays."""


def array_leaves(value):
    """The leaves of lists, tuples and dictionaries; those of a dictionary by its sorted keys."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    return [leaf for item in value for leaf in array_leaves(item)] if isinstance(value, (list, tuple)) else [value]


def each_array(function, value):
    """A structure with the results of a function in place of its leaves; None stays."""
    if isinstance(value, dict):
        return {key: each_array(function, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(each_array(function, item) for item in value)
    return None if value is None else function(value)


def each_leaf(function, value):
    """A structure of tuples and dictionaries with the results of a function in place of its leaves, lists too."""
    if isinstance(value, dict):
        return {key: each_leaf(function, item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(each_leaf(function, item) for item in value)
    return function(value)
