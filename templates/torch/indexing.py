"""Picking elements of tensors."""

import torch


def take(x, indices, /, *, axis=None):
    """The elements of x at the indices, along an axis or of the flattened tensor; negative ones count from the end."""
    indices = torch.as_tensor(indices, dtype=torch.int64, device=x.device)
    if axis is None:
        return x.flatten()[indices]
    return x[(slice(None),) * (axis % x.ndim) + (indices,)]


def take_bounded(x, indices, /, mode, *, axis=None):
    """The elements of x at the indices, those outside moved to the ends ("clip") or counted on ("wrap")."""
    indices = torch.as_tensor(indices, device=x.device)
    if axis is None:
        x, axis = x.flatten(), 0
    size = x.shape[axis]
    return take(x, torch.clamp(indices, 0, size - 1) if mode == "clip" else indices % size, axis=axis)


def nonzero_sized(x, size, fill_value=None, /):
    """The first ``size`` indices of the elements that are not zero, one tensor per axis, filled up with a value."""
    missing = (x == 0).flatten()
    found = torch.argsort(missing.to(torch.int32), stable=True)[:size]
    found = torch.nn.functional.pad(found, (0, size - len(found)))
    counted = torch.arange(size, device=x.device) < (~missing).sum()
    fills = fill_value if isinstance(fill_value, tuple) else (fill_value or 0,) * x.ndim
    return tuple(
        torch.where(counted, index, fill)
        for index, fill in zip(torch.unravel_index(found, x.shape), fills)
    )


def element_list(items):
    """A list of numbers, masks or tensors as an index along one axis; a tuple has an index for each axis."""
    if isinstance(items, tuple):
        return items
    return torch.as_tensor(items) if len(items) else torch.empty(0, dtype=torch.int64)


def element_index(index):
    """An index of which tensors of bytes pick elements; PyTorch takes them for masks."""
    is_bytes = isinstance(index, torch.Tensor) and index.dtype == torch.uint8
    return index.long() if is_bytes else index


def topk(x, k, /, *, axis=-1, largest=True, sorted=True):
    """The k largest (or smallest) values along an axis, best first, and their indices; equal ones in their order."""
    if x.ndim == 0:
        return torch.topk(x, k)
    values, indices = torch.sort(x, dim=axis, descending=largest, stable=True)
    return torch.return_types.topk((values.narrow(axis, 0, k), indices.narrow(axis, 0, k)))


def sort_in_place(x, *args, **kwargs):
    """Sort a tensor along an axis, as NumPy's method does, or what else can be sorted."""
    if isinstance(x, torch.Tensor):
        axis = args[0] if args else kwargs.get("axis", -1)
        x.copy_(torch.sort(x, dim=axis).values)
    else:
        x.sort(*args, **kwargs)
