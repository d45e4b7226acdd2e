"""Arrays of other sizes, as jax.image makes them."""

import numpy as np

from .resampling import resampling_weights


def resize_array(x, /, shape, method, antialias=True):
    """An array of this shape, with interpolated elements along the axes whose size differs."""
    if len(shape) != x.ndim:
        raise ValueError(f"a shape of {len(shape)} axes for an array of {x.ndim}")
    if method != "nearest" and not np.issubdtype(x.dtype, np.floating):
        x = x.astype(np.float32)
    for axis, size in enumerate(shape):
        if size != x.shape[axis]:
            weights = resampling_weights(x.shape[axis], size, method, antialias).astype(x.dtype)
            x = np.moveaxis(np.tensordot(x, weights, axes=([axis], [0])), -1, axis)
    return x
