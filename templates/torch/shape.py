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


def equal_sizes(total, parts):
    """The sizes of equal pieces."""
    if total % parts:
        raise ValueError(f"{total} places do not make {parts} equal pieces")
    return [total // parts] * int(parts)


def split_into(x, parts, /, *, axis=0):
    """Split into this many equal pieces or into pieces of the listed sizes."""
    several = isinstance(parts, (list, tuple)) or getattr(parts, "ndim", 0)
    sizes = [int(part) for part in parts] if several else equal_sizes(x.shape[axis], parts)
    return list(torch.split(x, sizes, dim=axis))


def split_at_or_into(x, sections, /, *, axis=0):
    """Split into this many equal pieces or before each of the given positions."""
    if isinstance(sections, (list, tuple)) or getattr(sections, "ndim", 0):
        return list(torch.tensor_split(x, [int(cut) for cut in sections], dim=axis))
    return split_into(x, sections, axis=axis)


def repeat_to_length(x, repeats, total_repeat_length, /, *, axis=None):
    """Each element repeated, cut to a length along the axis or filled up to it with the last element."""
    x = x if axis is not None else x.flatten()
    axis = axis or 0
    places = torch.repeat_interleave(torch.arange(x.shape[axis]), torch.as_tensor(repeats))
    places = torch.cat([places, places.new_full((total_repeat_length,), x.shape[axis] - 1)])
    return torch.index_select(x, axis, places[:total_repeat_length])


def reshape_fortran(x, shape, /):
    """x in another shape, first axis fastest."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    turned = x.permute(*range(x.ndim)[::-1])
    return turned.reshape(sizes[::-1]).permute(*range(len(sizes))[::-1])
