"""Lists, tuples and dictionaries of arrays."""


def leaves(value):
    """The leaves of lists, tuples and dictionaries; those of a dictionary by its sorted keys."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, (list, tuple)) else [value]
