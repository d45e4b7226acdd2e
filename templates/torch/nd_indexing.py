"""Picking and writing elements by lists of coordinates, masks of sequences, windows of sizes."""

import math

import torch


def gather_batched(params, indices, /, *, axis=None, batch_dims=0):
    """The slices of params at the indices along an axis, where the first axes of both belong together."""
    indices = torch.as_tensor(indices, device=params.device)
    axis = batch_dims if axis is None else axis % params.ndim
    rank = axis + indices.ndim - batch_dims
    index = [
        torch.arange(n, device=params.device).reshape((-1,) + (1,) * (rank - 1 - d))
        for d, n in enumerate(params.shape[:axis])
    ]
    batch, rest = tuple(indices.shape[:batch_dims]), tuple(indices.shape[batch_dims:])
    picked = indices.reshape(batch + (1,) * (axis - batch_dims) + rest)
    return params[(*index, picked.to(torch.int64))]


def gather_nd(params, indices, /, *, batch_dims=0):
    """The elements or slices of params at coordinates, which the last axis of indices holds."""
    indices = torch.as_tensor(indices)
    rank = indices.ndim - 1
    index = [
        torch.arange(n, device=params.device).reshape((-1,) + (1,) * (rank - 1 - d))
        for d, n in enumerate(params.shape[:batch_dims])
    ]
    return params[(*index, *torch.movedim(indices.to(torch.int64), -1, 0))]


def scatter_nd(indices, updates, shape, /):
    """Zeros of a shape to which the updates are added at coordinates."""
    return scatter_nd_add(updates.new_zeros(tuple(shape)), indices, updates)


def scatter_nd_update(x, indices, updates, /):
    """A copy of x with the elements or slices at coordinates replaced."""
    return x.index_put(torch.as_tensor(indices).long().unbind(-1), torch.as_tensor(updates))


def scatter_nd_add(x, indices, updates, /):
    """A copy of x with updates added at coordinates; repeated ones add up."""
    return x.index_put(
        torch.as_tensor(indices).long().unbind(-1), torch.as_tensor(updates), accumulate=True
    )


def _scatter_nd_reduce(x, indices, updates, reduce):
    indices, updates = torch.as_tensor(indices), torch.as_tensor(updates, dtype=x.dtype)
    depth = indices.shape[-1]
    rows = (
        torch.arange(math.prod(x.shape[:depth]))
        .reshape(x.shape[:depth])[indices.long().unbind(-1)]
        .reshape(-1)
    )
    flat, new = x.reshape(math.prod(x.shape[:depth]), -1), updates.reshape(rows.numel(), -1)
    return flat.scatter_reduce(0, rows[:, None].expand_as(new), new, reduce).reshape(x.shape)


def scatter_nd_min(x, indices, updates, /):
    """A copy of x with the smaller of it and the updates at coordinates."""
    return _scatter_nd_reduce(x, indices, updates, "amin")


def scatter_nd_max(x, indices, updates, /):
    """A copy of x with the larger of it and the updates at coordinates."""
    return _scatter_nd_reduce(x, indices, updates, "amax")


def sequence_mask(lengths, /, *, maxlen=None, dtype=None):
    """True (or 1 in a dtype) in the first places of a last axis, as many as the lengths say."""
    mask = torch.arange(int(lengths.max()) if maxlen is None else int(maxlen)) < lengths[..., None]
    return mask if dtype is None else mask.to(dtype)


def one_hot_encode(indices, depth, /, *, on_value=1.0, off_value=0.0, axis=-1, dtype=None):
    """on_value at each index and off_value elsewhere along a new axis; indices out of range give off_value alone."""
    indices = torch.as_tensor(indices)
    found = indices[..., None] == torch.arange(depth, device=indices.device)
    dtype = dtype or torch.float32
    return torch.movedim(torch.where(found, on_value, off_value).to(dtype), -1, axis)


def one_hot_of(indices, depth, /, *, on_value, off_value=0, axis=-1):
    """on_value at each index and off_value elsewhere along a new axis; numbers of Python count as 32 bits wide."""
    dtype = {bool: torch.bool, int: torch.int32, float: torch.float32}.get(type(on_value))
    dtype = dtype or torch.as_tensor(on_value).dtype
    return one_hot_encode(indices, depth, on_value=on_value, off_value=off_value, axis=axis, dtype=dtype)


def band_part(x, num_lower, num_upper, /):
    """The matrices with zeros outside a band around the diagonal; a negative width keeps that side."""
    rows, columns = torch.arange(x.shape[-2], device=x.device)[:, None], torch.arange(
        x.shape[-1], device=x.device
    )
    keep = torch.ones(tuple(x.shape[-2:]), dtype=torch.bool, device=x.device)
    if num_lower >= 0:
        keep &= rows - columns <= num_lower
    if num_upper >= 0:
        keep &= columns - rows <= num_upper
    return torch.where(keep, x, torch.zeros_like(x))


def set_diagonal(x, diagonal, /):
    """The matrices with other diagonals."""
    on = torch.arange(x.shape[-2], device=x.device)[:, None] == torch.arange(
        x.shape[-1], device=x.device
    )
    if x.shape[-2] <= x.shape[-1]:
        return torch.where(on, diagonal[..., :, None], x)
    return torch.where(on, diagonal[..., None, :], x)


def unique_first_seen(x, /):
    """The different elements in the order in which they first occur, and the place of each element among them."""
    values, places = torch.unique(x, return_inverse=True)
    first = torch.full((len(values),), len(x), device=x.device).scatter_reduce(
        0, places, torch.arange(len(x), device=x.device), "amin"
    )
    order = torch.argsort(first)
    return values[order], torch.argsort(order)[places].to(torch.int32)


def confusion_matrix(labels, predictions, /, *, num_classes=None, weights=None, dtype=None):
    """How often each label (row) was predicted as each class (column), or the sum of weights."""
    labels, predictions = labels.to(torch.int64), predictions.to(torch.int64)
    size = num_classes or int(max(labels.max(), predictions.max())) + 1
    dtype = dtype or torch.int32
    counts = torch.ones(labels.shape, dtype=dtype) if weights is None else weights.to(dtype)
    return scatter_nd(torch.stack([labels, predictions], dim=-1), counts, (size, size))
