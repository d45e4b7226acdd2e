"""Picking and writing elements by lists of coordinates, masks of sequences, windows of sizes."""

import numpy as np


def gather_batched(params, indices, /, *, axis=None, batch_dims=0):
    """The slices of params at the indices along an axis, where the first axes of both belong together."""
    indices = np.asarray(indices)
    axis = batch_dims if axis is None else axis % params.ndim
    rank = axis + indices.ndim - batch_dims
    index = [
        np.arange(n).reshape((-1,) + (1,) * (rank - 1 - d))
        for d, n in enumerate(params.shape[:axis])
    ]
    batch, rest = tuple(indices.shape[:batch_dims]), tuple(indices.shape[batch_dims:])
    picked = indices.reshape(batch + (1,) * (axis - batch_dims) + rest)
    return params[(*index, picked.astype(np.int64))]


def gather_nd(params, indices, /, *, batch_dims=0):
    """The elements or slices of params at coordinates, which the last axis of indices holds."""
    indices = np.asarray(indices)
    rank = indices.ndim - 1
    index = [
        np.arange(n).reshape((-1,) + (1,) * (rank - 1 - d))
        for d, n in enumerate(params.shape[:batch_dims])
    ]
    return params[(*index, *np.moveaxis(indices.astype(np.int64), -1, 0))]


def scatter_nd(indices, updates, shape, /):
    """Zeros of a shape to which the updates are added at coordinates."""
    return scatter_nd_add(np.zeros(tuple(shape), updates.dtype), indices, updates)


def scatter_nd_update(x, indices, updates, /):
    """A copy of x with the elements or slices at coordinates replaced."""
    x = x.copy()
    x[tuple(np.moveaxis(indices, -1, 0))] = updates
    return x


def scatter_nd_add(x, indices, updates, /):
    """A copy of x with updates added at coordinates; repeated ones add up."""
    x = x.copy()
    np.add.at(x, tuple(np.moveaxis(indices, -1, 0)), updates)
    return x


def scatter_nd_min(x, indices, updates, /):
    """A copy of x with the smaller of it and the updates at coordinates."""
    x = x.copy()
    np.minimum.at(x, tuple(np.moveaxis(indices, -1, 0)), updates)
    return x


def scatter_nd_max(x, indices, updates, /):
    """A copy of x with the larger of it and the updates at coordinates."""
    x = x.copy()
    np.maximum.at(x, tuple(np.moveaxis(indices, -1, 0)), updates)
    return x


def sequence_mask(lengths, /, *, maxlen=None, dtype=None):
    """True (or 1 in a dtype) in the first places of a last axis, as many as the lengths say."""
    mask = np.arange(int(lengths.max()) if maxlen is None else int(maxlen)) < lengths[..., None]
    return mask if dtype is None else mask.astype(dtype)


def one_hot_encode(indices, depth, /, *, on_value=1.0, off_value=0.0, axis=-1, dtype=None):
    """on_value at each index and off_value elsewhere along a new axis; indices out of range give off_value alone."""
    found = np.asarray(indices)[..., None] == np.arange(depth)
    dtype = dtype or np.float32
    return np.moveaxis(np.where(found, on_value, off_value).astype(dtype), -1, axis)


def one_hot_of(indices, depth, /, *, on_value, off_value=0, axis=-1):
    """on_value at each index and off_value elsewhere along a new axis; numbers of Python count as 32 bits wide."""
    dtype = {bool: np.bool_, int: np.int32, float: np.float32}.get(type(on_value))
    dtype = dtype or np.asarray(on_value).dtype
    return one_hot_encode(indices, depth, on_value=on_value, off_value=off_value, axis=axis, dtype=dtype)


def band_part(x, num_lower, num_upper, /):
    """The matrices with zeros outside a band around the diagonal; a negative width keeps that side."""
    rows, columns = np.arange(x.shape[-2])[:, None], np.arange(x.shape[-1])
    keep = np.ones(tuple(x.shape[-2:]), dtype=bool)
    if num_lower >= 0:
        keep &= rows - columns <= num_lower
    if num_upper >= 0:
        keep &= columns - rows <= num_upper
    return np.where(keep, x, np.zeros_like(x))


def set_diagonal(x, diagonal, /):
    """The matrices with other diagonals."""
    on = np.arange(x.shape[-2])[:, None] == np.arange(x.shape[-1])
    if x.shape[-2] <= x.shape[-1]:
        return np.where(on, diagonal[..., :, None], x)
    return np.where(on, diagonal[..., None, :], x)


def unique_first_seen(x, /):
    """The different elements in the order in which they first occur, and the place of each element among them."""
    values, first, places = np.unique(x, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return values[order], np.argsort(order)[places.reshape(-1)].astype(np.int32)


def confusion_matrix(labels, predictions, /, *, num_classes=None, weights=None, dtype=None):
    """How often each label (row) was predicted as each class (column), or the sum of weights."""
    labels, predictions = labels.astype(np.int64), predictions.astype(np.int64)
    size = num_classes or int(max(labels.max(), predictions.max())) + 1
    dtype = dtype or np.int32
    counts = np.ones(labels.shape, dtype=dtype) if weights is None else weights.astype(dtype)
    return scatter_nd(np.stack([labels, predictions], axis=-1), counts, (size, size))
