"""Grids, and updates of copies at an index."""

import numpy as np

from .keras_functions import solve_triangle


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


def cho_factor(x, /, lower=False):
    """The Cholesky factor of positive definite matrices and whether it is the lower one."""
    factor = np.linalg.cholesky(x)
    return (factor if lower else np.conj(np.swapaxes(factor, -1, -2))), lower


def cho_solve(factor, x, /):
    """The solution of A @ y = x, given what `cho_factor` made of A; x may be a vector."""
    matrix, lower = factor
    matrix = matrix if lower else np.conj(np.swapaxes(matrix, -1, -2))
    halfway = solve_triangle(matrix, x, lower=True)
    return solve_triangle(np.conj(np.swapaxes(matrix, -1, -2)), halfway)


def linspace_along(start, stop, num, /, *, endpoint=True, dtype=None, axis=0):
    """Evenly spaced numbers between the elements of two arrays, along a new axis; float32 of numbers."""
    given = [np.asarray(n).dtype for n in (start, stop) if isinstance(n, (np.ndarray, np.generic))]
    given = [found for found in given if np.issubdtype(found, np.floating)]
    dtype = dtype or (np.result_type(*given) if given else np.float32)
    return np.linspace(start, stop, num, endpoint=endpoint, axis=axis).astype(dtype)
