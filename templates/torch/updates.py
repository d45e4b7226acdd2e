"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import torch


def index_grid(x, index):
    """For each element of ``x[index]``, where it stands in the flattened x."""
    return torch.arange(x.numel(), device=x.device).reshape(x.shape)[index]


def updated(x, index, value, combine):
    """A copy of x in which ``combine(flat, places, values)`` has changed the places of an index."""
    places = index_grid(x, index)
    values = (
        torch.as_tensor(value, device=x.device).to(x.dtype).broadcast_to(places.shape).reshape(-1)
    )
    return combine(x.reshape(-1), places.reshape(-1), values).reshape(x.shape)


def at_set(x, index, value, /):
    """x with the value at an index."""
    result = x.clone()
    result[index] = torch.as_tensor(value, device=x.device).to(x.dtype)
    return result


def at_add(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, lambda flat, places, values: flat.index_add(0, places, values))


def at_subtract(x, index, value, /):
    """x with the value subtracted at an index."""
    return at_add(x, index, -value)


def at_apply(x, index, function, /):
    """x with a function applied to the elements at an index."""
    return at_set(x, index, function(x[index]))


def at_multiply(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(
        x, index, value, lambda flat, places, values: flat.index_reduce(0, places, values, "prod")
    )


def at_divide(x, index, value, /):
    """x divided by the value at an index."""
    return x / at_multiply(torch.ones_like(x), index, value)


def at_power(x, index, value, /):
    """x to the power of the value at an index."""
    return x ** at_multiply(torch.ones_like(x), index, value)


def at_min(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(
        x, index, value, lambda flat, places, values: flat.index_reduce(0, places, values, "amin")
    )


def at_max(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(
        x, index, value, lambda flat, places, values: flat.index_reduce(0, places, values, "amax")
    )
