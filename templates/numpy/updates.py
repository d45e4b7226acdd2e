"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import numpy as np


def updated(x, index, value, ufunc):
    """A copy of x in which ``ufunc`` has combined the elements at an index with the value."""
    result = np.array(x)
    ufunc.at(result, index, np.asarray(value).astype(result.dtype))
    return result


def add_at(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, np.add)


def multiply_at(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(x, index, value, np.multiply)


def divide_at(x, index, value, /):
    """x divided by the value at an index."""
    return x / multiply_at(np.ones_like(x), index, value)


def power_at(x, index, value, /):
    """x to the power of the value at an index."""
    return updated(x, index, value, np.power)


def minimum_at(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(x, index, value, np.minimum)


def maximum_at(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(x, index, value, np.maximum)
