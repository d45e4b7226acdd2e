"""Grids, and updates of copies at an index."""

import numpy as np


def dense_grid(parts, /):
    """The coordinates of the points of a grid, stacked; of a single axis the axis itself."""
    return parts[0] if len(parts) == 1 else np.stack(np.meshgrid(*parts, indexing="ij"))


def updated_at(function, x, index, values):
    """A copy of x with an elementwise function applied at an index; each repetition of an index counts."""
    x = np.array(x)
    function.at(x, index, values)
    return x


def add_at(x, index, values, /):
    """x with the values added at an index; each repetition of an index counts."""
    return updated_at(np.add, x, index, values)


def subtract_at(x, index, values, /):
    """x with the values subtracted at an index; each repetition of an index counts."""
    return updated_at(np.subtract, x, index, values)


def maximum_at(x, index, values, /):
    """x with the larger of element and value at an index."""
    return updated_at(np.maximum, x, index, values)


def minimum_at(x, index, values, /):
    """x with the smaller of element and value at an index."""
    return updated_at(np.minimum, x, index, values)


def multiply_at(x, index, values, /):
    """x with elements multiplied by the values at an index; each repetition of an index counts."""
    return updated_at(np.multiply, x, index, values)
