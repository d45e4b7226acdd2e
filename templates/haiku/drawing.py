"""Initialisers that fill a parameter: what they draw is drawn by `init`."""

import jax.numpy as jnp

from ..jax.init import _fill
from .random import draw_key
from .variables import FirstValue, Variable


def filled(shape, value, dtype):
    """First value of one number."""
    return FirstValue(lambda: jnp.full(shape, value, dtype), shape, dtype)


def _fill_made(tensor, make):
    """Fills with the array that `make` draws."""
    if not isinstance(tensor, Variable):
        return _fill(tensor, make())
    tensor.first = FirstValue(lambda: make().astype(tensor.dtype), tensor.shape, tensor.dtype, draws=True)
    return tensor


def _fill_drawn(tensor, draw, generator):
    """Fills with `draw(key, shape, dtype)`."""
    return _fill_made(tensor, lambda: draw(draw_key(generator), tensor.shape, tensor.dtype))


def constant_(tensor, val):
    """Fills with one value."""
    if not isinstance(tensor, Variable):
        return _fill(tensor, val)
    tensor.first = filled(tensor.shape, val, tensor.dtype)
    return tensor
