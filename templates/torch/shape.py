"""Axes and pieces of tensors."""

import torch


def expand_dims(x, /, *, axis):
    """x with new axes of size 1 at these places of the result."""
    axes = (axis,) if isinstance(axis, int) else axis
    for a in sorted(a % (x.ndim + len(axes)) for a in axes):
        x = x.unsqueeze(a)
    return x


def flip(x, /, *, axis=None):
    """x in reverse order along the given axes, all for None."""
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    return torch.flip(x, tuple(axes))


def tile(x, repetitions, /):
    """x repeated along each axis; a number stands for the last axis."""
    return torch.tile(x, (repetitions,) if isinstance(repetitions, int) else tuple(repetitions))
