"""Dtypes of operations."""

import jax
import jax.numpy as jnp
import numpy as np


def widest_dtype(*values):
    """Dtype that NumPy gives an operation on arrays, dtypes and Python numbers."""
    known = [value.dtype if isinstance(value, jax.Array) else value for value in values]
    return jnp.dtype(np.result_type(*known))
