"""Picking and writing elements by lists of coordinates, masks of sequences, windows of sizes."""

import jax.numpy as jnp


def gather_batched(params, indices, /, *, axis=None, batch_dims=0):
    """The slices of params at the indices along an axis, where the first axes of both belong together."""
    indices = jnp.asarray(indices)
    axis = batch_dims if axis is None else axis % params.ndim
    rank = axis + indices.ndim - batch_dims
    index = [
        jnp.arange(n).reshape((-1,) + (1,) * (rank - 1 - d))
        for d, n in enumerate(params.shape[:axis])
    ]
    batch, rest = tuple(indices.shape[:batch_dims]), tuple(indices.shape[batch_dims:])
    picked = indices.reshape(batch + (1,) * (axis - batch_dims) + rest)
    return params[(*index, picked.astype(jnp.int32))]


def gather_nd(params, indices, /, *, batch_dims=0):
    """The elements or slices of params at coordinates, which the last axis of indices holds."""
    rank = indices.ndim - 1
    index = [
        jnp.arange(n).reshape((-1,) + (1,) * (rank - 1 - d))
        for d, n in enumerate(params.shape[:batch_dims])
    ]
    return params[(*index, *jnp.moveaxis(indices.astype(jnp.int32), -1, 0))]


def scatter_nd(indices, updates, shape, /):
    """Zeros of a shape to which the updates are added at coordinates."""
    return scatter_nd_add(jnp.zeros(tuple(shape), updates.dtype), indices, updates)


def scatter_nd_update(x, indices, updates, /):
    """x with the elements or slices at coordinates replaced."""
    return x.at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))].set(jnp.asarray(updates))


def scatter_nd_add(x, indices, updates, /):
    """x with updates added at coordinates; repeated ones add up."""
    return x.at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))].add(jnp.asarray(updates))


def scatter_nd_min(x, indices, updates, /):
    """x with the smaller of it and the updates at coordinates."""
    return x.at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))].min(jnp.asarray(updates))


def scatter_nd_max(x, indices, updates, /):
    """x with the larger of it and the updates at coordinates."""
    return x.at[tuple(jnp.moveaxis(jnp.asarray(indices), -1, 0))].max(jnp.asarray(updates))


def sequence_mask(lengths, /, *, maxlen=None, dtype=None):
    """True (or 1 in a dtype) in the first places of a last axis, as many as the lengths say."""
    mask = jnp.arange(int(lengths.max()) if maxlen is None else int(maxlen)) < lengths[..., None]
    return mask if dtype is None else mask.astype(dtype)


def one_hot_encode(indices, depth, /, *, on_value=1.0, off_value=0.0, axis=-1, dtype=None):
    """on_value at each index and off_value elsewhere along a new axis; indices out of range give off_value alone."""
    found = jnp.asarray(indices)[..., None] == jnp.arange(depth)
    dtype = dtype or jnp.float32
    return jnp.moveaxis(jnp.where(found, on_value, off_value).astype(dtype), -1, axis)


def one_hot_of(indices, depth, /, *, on_value, off_value=0, axis=-1):
    """on_value at each index and off_value elsewhere along a new axis; numbers of Python count as 32 bits wide."""
    dtype = {bool: jnp.bool_, int: jnp.int32, float: jnp.float32}.get(type(on_value))
    dtype = dtype or jnp.asarray(on_value).dtype
    return one_hot_encode(indices, depth, on_value=on_value, off_value=off_value, axis=axis, dtype=dtype)


def band_part(x, num_lower, num_upper, /):
    """The matrices with zeros outside a band around the diagonal; a negative width keeps that side."""
    rows, columns = jnp.arange(x.shape[-2])[:, None], jnp.arange(x.shape[-1])
    below = jnp.logical_or(num_lower < 0, rows - columns <= num_lower)
    above = jnp.logical_or(num_upper < 0, columns - rows <= num_upper)
    return jnp.where(below & above, x, jnp.zeros_like(x))


def set_diagonal(x, diagonal, /):
    """The matrices with other diagonals."""
    on = jnp.arange(x.shape[-2])[:, None] == jnp.arange(x.shape[-1])
    if x.shape[-2] <= x.shape[-1]:
        return jnp.where(on, diagonal[..., :, None], x)
    return jnp.where(on, diagonal[..., None, :], x)


def unique_first_seen(x, /):
    """The different elements in the order in which they first occur, and the place of each element among them."""
    values, first, places = jnp.unique(x, return_index=True, return_inverse=True)
    order = jnp.argsort(first)
    return values[order], jnp.argsort(order)[places.reshape(-1)].astype(jnp.int32)


def confusion_matrix(labels, predictions, /, *, num_classes=None, weights=None, dtype=None):
    """How often each label (row) was predicted as each class (column), or the sum of weights."""
    labels, predictions = labels.astype(jnp.int32), predictions.astype(jnp.int32)
    size = num_classes or int(max(labels.max(), predictions.max())) + 1
    dtype = dtype or jnp.int32
    counts = jnp.ones(labels.shape, dtype=dtype) if weights is None else weights.astype(dtype)
    return scatter_nd(jnp.stack([labels, predictions], axis=-1), counts, (size, size))
