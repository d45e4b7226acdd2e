"""Copies of arrays between JAX and NumPy."""

from types import FunctionType

import jax
import jax.numpy as jnp
import numpy as np


def from_host(value):
    """An array or number of NumPy as an array of JAX."""
    return jnp.asarray(value)


def host_value(value):
    """An array as one of NumPy; other values as they are."""
    if isinstance(value, FunctionType) and not jax.config.jax_enable_x64:
        # Differences of nearby values vanish in 32 bits.
        raise TypeError("functions are given to NumPy's libraries with 64 bits alone: set jax_enable_x64")
    return np.asarray(value) if isinstance(value, jax.Array) else value
