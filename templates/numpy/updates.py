"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import numpy as np


def updated(x, index, value, ufunc):
    """A copy of x in which ``ufunc`` has combined the elements at an index with the value."""
    result = np.array(x)
    ufunc.at(result, index, np.asarray(value).astype(result.dtype))
    return result


def at_set(x, index, value, /):
    """x with the value at an index."""
    result = np.array(x)
    result[index] = value
    return result


def at_add(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, np.add)


def at_subtract(x, index, value, /):
    """x with the value subtracted at an index."""
    return at_add(x, index, -value)


def at_apply(x, index, function, /):
    """x with a function applied to the elements at an index."""
    return at_set(x, index, function(x[index]))


def at_multiply(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(x, index, value, np.multiply)


def at_divide(x, index, value, /):
    """x divided by the value at an index."""
    return x / at_multiply(np.ones_like(x), index, value)


def at_power(x, index, value, /):
    """x to the power of the value at an index."""
    return updated(x, index, value, np.power)


def at_min(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(x, index, value, np.minimum)


def at_max(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(x, index, value, np.maximum)
