"""Dtypes of operations."""

import jax
import jax.numpy as jnp
import numpy as np


def widest_dtype(*values):
    """Dtype that NumPy gives an operation on arrays, dtypes and Python numbers."""
    known = [value.dtype if isinstance(value, jax.Array) else value for value in values]
    return jnp.dtype(np.result_type(*known))


def is_array_of(x, *dtypes):
    """Whether a value is an array of one of these dtypes."""
    known = [jax.dtypes.canonicalize_dtype(dtype) for dtype in dtypes]
    return hasattr(x, "dtype") and hasattr(x, "at") and x.dtype in known


def is_scalar_of(x, *kinds):
    """Whether x is an array without axes, of one of these dtypes or kinds of dtypes where any are given."""
    if not isinstance(x, jax.Array) or x.ndim > 0:
        return False
    return not kinds or any(jnp.issubdtype(x.dtype, kind) for kind in kinds)
