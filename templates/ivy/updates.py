"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import ivy


def updated(x, index, value, how):
    """A copy of x with the value combined into an index: how is ``sum``, ``prod``, ``amin`` or ``amax``."""
    shape = ivy.shape(x)
    size = ivy.numel(x)
    places = ivy.getitem(ivy.reshape(ivy.arange(size), shape), index)
    values = ivy.broadcast_to(ivy.astype(ivy.asarray(value), x.dtype), ivy.shape(places))
    flat = ivy.reshape(x, (size,))
    places, values = ivy.reshape(places, (-1,)), ivy.reshape(values, (-1,))
    return ivy.reshape(ivy.scatter_reduce(flat, 0, places, values, how), shape)


def at_set(x, index, value, /):
    """x with the value at an index."""
    value = ivy.astype(value, x.dtype) if isinstance(value, ivy.Array) else value
    return ivy.setitem(ivy.clone(x), index, value)


def at_add(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, "sum")


def at_subtract(x, index, value, /):
    """x with the value subtracted at an index."""
    return at_add(x, index, -value)


def at_apply(x, index, function, /):
    """x with a function applied to the elements at an index."""
    return at_set(x, index, function(x[index]))


def at_multiply(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(x, index, value, "prod")


def at_divide(x, index, value, /):
    """x divided by the value at an index."""
    return x / at_multiply(ivy.ones_like(x), index, value)


def at_power(x, index, value, /):
    """x to the power of the value at an index."""
    return x ** at_multiply(ivy.ones_like(x), index, value)


def at_min(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(x, index, value, "amin")


def at_max(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(x, index, value, "amax")
