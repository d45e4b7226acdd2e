"""Arrays of other sizes, as jax.image makes them."""

import torch

from .resampling import resampling_weights


def resize_array(x, /, shape, method, antialias=True):
    """An array of this shape, with interpolated elements along the axes whose size differs."""
    if len(shape) != x.ndim:
        raise ValueError(f"a shape of {len(shape)} axes for an array of {x.ndim}")
    if method != "nearest" and not x.is_floating_point():
        x = x.to(torch.get_default_dtype())
    for axis, size in enumerate(shape):
        if size != x.shape[axis]:
            weights = torch.as_tensor(resampling_weights(x.shape[axis], size, method, antialias))
            weights = weights.to(x.device, x.dtype)
            x = torch.movedim(torch.tensordot(x, weights, dims=([axis], [0])), -1, axis)
    return x
