"""Initialisers that fill a parameter: what they draw is drawn by `init`."""

import jax
import jax.numpy as jnp
import numpy as np

from ..jax.init import _fill
from .variables import FirstValue, Variable


def filled(shape, value, dtype):
    """First value of one number; outside transformations nothing is compiled for its shape."""

    def make():
        module = jnp if in_transformation() else np
        return jnp.array(module.full(shape, value, dtype))

    return FirstValue(make, shape, dtype)


def in_transformation():
    """Whether the caller runs under jit or another JAX transformation that traces all arrays."""
    return isinstance(jnp.zeros(()), jax.core.Tracer)


def _fill_made(tensor, make):
    """Fills with the array that `make` draws."""
    if not isinstance(tensor, Variable):
        return _fill(tensor, make())
    tensor.first = FirstValue(lambda: make().astype(tensor.dtype), tensor.shape, tensor.dtype, draws=True)
    return tensor


def constant_(tensor, val):
    """Fills with one value."""
    if not isinstance(tensor, Variable):
        return _fill(tensor, val)
    tensor.first = filled(tensor.shape, val, tensor.dtype)
    return tensor
