"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import torch


def index_grid(x, index):
    """For each element of ``x[index]``, where it stands in the flattened x."""
    return torch.arange(x.numel(), device=x.device).reshape(x.shape)[index]


def updated(x, index, value, combine):
    """A copy of x in which ``combine(flat, places, values)`` has changed the places of an index."""
    places = index_grid(x, index)
    values = torch.as_tensor(value, device=x.device).to(x.dtype).broadcast_to(places.shape).reshape(-1)
    return combine(x.reshape(-1), places.reshape(-1), values).reshape(x.shape)


def add_at(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, lambda flat, places, values: flat.index_add(0, places, values))


def multiply_at(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(x, index, value, lambda flat, places, values: flat.index_reduce(0, places, values, "prod"))


def divide_at(x, index, value, /):
    """x divided by the value at an index."""
    return x / multiply_at(torch.ones_like(x), index, value)


def power_at(x, index, value, /):
    """x to the power of the value at an index."""
    return x ** multiply_at(torch.ones_like(x), index, value)


def minimum_at(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(x, index, value, lambda flat, places, values: flat.index_reduce(0, places, values, "amin"))


def maximum_at(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(x, index, value, lambda flat, places, values: flat.index_reduce(0, places, values, "amax"))
