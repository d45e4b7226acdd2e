"""Indexing, scattering, sorting and searching of NumPy arrays."""

import math
from typing import Any, NamedTuple

import numpy as np


def along_axis(x, axis, index):
    """Index tuple that applies index along one axis and takes the others whole."""
    return (slice(None),) * (axis % x.ndim) + (index,)


def element_grid(index, axis):
    """Index arrays of every position in index, with the value of index itself along axis."""
    grid = list(np.indices(index.shape, sparse=True))
    grid[axis] = index
    return tuple(grid)


def cut_to(src, shape, dtype):
    """The leading part of src with this shape; a number is taken as it is."""
    src = np.asarray(src).astype(dtype)
    return src[tuple(slice(n) for n in shape)] if src.ndim else src


def gather(x, axis, index, /):
    """Pick values along one axis at each position of index: out[i, j] = x[i, index[i, j]] for axis 1.

    The other axes of index may be smaller than those of x.
    """
    axis = axis % x.ndim
    parts = (slice(None) if i == axis else slice(n) for i, n in enumerate(index.shape))
    return np.take_along_axis(x[tuple(parts)], index, axis=axis)


def combined_at(operation, x, axis, index, src):
    """Copy of x with src combined into the positions that index names along one axis."""
    out = x.copy()
    operation.at(out, element_grid(index, axis), cut_to(src, index.shape, x.dtype))
    return out


def scatter(x, axis, index, src, /):
    """Write src at the positions that index names along one axis."""
    out = x.copy()
    out[element_grid(index, axis)] = cut_to(src, index.shape, x.dtype)
    return out


def scatter_add(x, axis, index, src, /):
    """Add src at the positions that index names along one axis; repeated ones accumulate."""
    return combined_at(np.add, x, axis, index, src)


def scatter_prod(x, axis, index, src, /):
    """Multiply by src at the positions that index names along one axis; repeated ones accumulate."""
    return combined_at(np.multiply, x, axis, index, src)


def reduction_start(reduce, dtype):
    """Value that leaves a reduction unchanged."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if np.issubdtype(dtype, np.floating):
        return -math.inf if reduce == "amax" else math.inf
    limits = np.iinfo(dtype)
    return limits.min if reduce == "amax" else limits.max


def scatter_reduce(x, axis, index, src, reduce, /, *, include_self=True):
    """Combine src into the positions that index names along one axis.

    reduce is "sum", "prod", "mean", "amax" or "amin"; without include_self the old values do not count.
    """
    operations = {"sum": np.add, "mean": np.add, "prod": np.multiply}
    operations |= {"amax": np.maximum, "amin": np.minimum}
    if reduce not in operations:
        raise ValueError(f"scatter_reduce: unknown reduction {reduce!r}")
    start = x if include_self else scatter(x, axis, index, reduction_start(reduce, x.dtype))
    result = combined_at(operations[reduce], start, axis, index, src)
    if reduce != "mean":
        return result
    count = np.full(x.shape, int(include_self), x.dtype)
    count = np.maximum(combined_at(np.add, count, axis, index, 1), 1)
    return result / count if np.issubdtype(x.dtype, np.inexact) else result // count


def index_add(x, axis, index, source, /, *, alpha=1):
    """Add alpha * source to the slices along axis that index names; repeated ones accumulate."""
    out = x.copy()
    np.add.at(out, along_axis(x, axis, index), (alpha * source).astype(x.dtype))
    return out


def index_copy(x, axis, index, source, /):
    """Replace the slices along axis that index names by those of source."""
    out = x.copy()
    out[along_axis(x, axis, index)] = source
    return out


def index_fill(x, axis, index, value, /):
    """Fill the slices along axis that index names with a number."""
    out = x.copy()
    out[along_axis(x, axis, index)] = value
    return out


def index_put(x, indices, values, /, *, accumulate=False):
    """Write values at index arrays, one per leading axis, or add them there."""
    out = x.copy()
    if accumulate:
        np.add.at(out, tuple(indices), values)
    else:
        out[tuple(indices)] = values
    return out


def put(x, index, source, /, *, accumulate=False):
    """Write source at positions of the flattened array, or add it there."""
    out = x.flatten()
    if accumulate:
        np.add.at(out, index.ravel(), source.ravel())
    else:
        out[index.ravel()] = source.ravel()
    return out.reshape(x.shape)


def fill_diagonal(x, value, /):
    """Replace the main diagonal of a matrix by a number."""
    out = x.copy()
    np.fill_diagonal(out, value)
    return out


def masked_fill(x, mask, value, /):
    """Replace elements where mask is true by one value, in the dtype of x."""
    return np.where(mask, np.asarray(value).astype(x.dtype), x)


def masked_select(x, mask, /):
    """The elements where mask is true, in one axis."""
    x, mask = np.broadcast_arrays(x, mask)
    return x[mask]


def masked_scatter(x, mask, source, /):
    """Fill the positions where mask is true with the elements of source, in order."""
    x, mask = np.broadcast_arrays(x, mask)
    out = x.copy()
    out[mask] = source.ravel()[: np.count_nonzero(mask)]
    return out


def select_scatter(x, src, axis, index, /):
    """Replace the slice at one index along axis by src."""
    out = x.copy()
    out[along_axis(x, axis, index)] = src
    return out


def narrow_index(x, axis, start, length):
    """Index of the slice of this length along axis that begins at start."""
    size = x.shape[axis]
    first = start + size if start < 0 else start
    if not 0 <= first <= first + length <= size:
        raise IndexError(f"narrow: {start} and length {length} leave an axis of {size}")
    return along_axis(x, axis, slice(first, first + length))


def narrow(x, axis, start, length, /):
    """The slice of this length along axis that begins at start; a view."""
    return x[narrow_index(x, axis, start, length)]


def narrow_scatter(x, src, axis, start, length, /):
    """Replace the slice of this length along axis that begins at start by src."""
    out = x.copy()
    out[narrow_index(x, axis, start, length)] = src
    return out


class Ranked(NamedTuple):
    """Values with the indices that they came from."""

    values: Any
    indices: Any


def argsort(x, /, *, axis=-1, descending=False):
    """Indices that sort along an axis; NaN counts as the largest value, equal values keep order."""
    if not descending:
        return np.argsort(x, axis=axis, stable=True)
    backwards = np.argsort(np.flip(x, axis), axis=axis, stable=True)
    return x.shape[axis] - 1 - np.flip(backwards, axis)


def sort_with_indices(x, /, *, axis=-1, descending=False):
    """Sorted values along an axis and their indices; NaN counts as the largest value."""
    if np.ndim(x) == 0:
        return Ranked(np.asarray(x), np.zeros((), np.int64))
    order = argsort(x, axis=axis, descending=descending)
    return Ranked(np.take_along_axis(x, order, axis=axis), order)


def sort(x, /, *, axis=-1, descending=False):
    """Sorted values along an axis; NaN counts as the largest value."""
    values = np.sort(x, axis=axis)
    return np.flip(values, axis) if descending else values


def topk(x, k, /, *, axis=-1, largest=True, sorted=True):
    """The k largest (or smallest) values along an axis, best first, and their indices."""
    if np.ndim(x) == 0:
        return Ranked(np.asarray(x), np.zeros((), np.int64))
    if k > x.shape[axis]:
        raise ValueError(f"topk: k={k} is more than the axis holds ({x.shape[axis]})")
    order = argsort(x, axis=axis, descending=largest)[along_axis(x, axis, slice(k))]
    return Ranked(np.take_along_axis(x, order, axis=axis), order)


def kthvalue(x, k, /, *, axis=-1, keepdims=False):
    """The k-th smallest value, counted from 1, along an axis and its index."""
    if not 1 <= k <= x.shape[axis]:
        raise ValueError(f"kthvalue: k={k} is not in 1..{x.shape[axis]}")
    order = np.argsort(x, axis=axis, stable=True)[along_axis(x, axis, slice(k - 1, k))]
    values = np.take_along_axis(x, order, axis=axis)
    if keepdims:
        return Ranked(values, order)
    return Ranked(np.squeeze(values, axis), np.squeeze(order, axis))


def unique(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Sorted distinct elements, or slices along an axis, optionally with inverse and counts."""
    return np.unique(
        x, return_inverse=return_inverse, return_counts=return_counts, axis=axis, equal_nan=False
    )


def unique_consecutive(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Elements, or slices along an axis, without direct repetitions."""
    rows = np.ravel(x) if axis is None else np.moveaxis(x, axis, 0)
    flat = rows.reshape(rows.shape[0], -1)
    first = np.concatenate([np.ones(1, bool), np.any(flat[1:] != flat[:-1], axis=1)])[: len(rows)]
    kept = rows[first]
    results = [kept if axis is None else np.moveaxis(kept, 0, axis)]
    if return_inverse:
        inverse = np.cumsum(first) - 1
        results.append(inverse.reshape(x.shape) if axis is None else inverse)
    if return_counts:
        results.append(np.diff(np.append(np.flatnonzero(first), len(rows))))
    return tuple(results) if len(results) > 1 else results[0]


def searchsorted(sorted_sequence, values, /, *, right=False):
    """Where to insert values so that each row of the sorted sequence stays sorted."""
    side = "right" if right else "left"
    if sorted_sequence.ndim == 1:
        return np.searchsorted(sorted_sequence, values, side=side)
    rows = sorted_sequence.reshape(-1, sorted_sequence.shape[-1])
    queries = values.reshape(rows.shape[0], -1)
    found = [np.searchsorted(row, query, side=side) for row, query in zip(rows, queries)]
    return np.stack(found).reshape(values.shape)


def histc(x, /, *, bins=100, min=0, max=0):
    """Counts in equal bins between min and max; equal limits mean those of the data.

    Elements outside the limits are not counted.
    """
    low, high = (np.min(x), np.max(x)) if min == max else (min, max)
    return np.histogram(x, bins, range=(low, high))[0].astype(x.dtype)


def nonzero_sized(x, size, fill_value=None, /):
    """The first ``size`` indices of the elements that are not zero, one array per axis, filled up with a value."""
    fills = fill_value if isinstance(fill_value, tuple) else (fill_value or 0,) * np.ndim(x)
    found = [index[:size] for index in np.nonzero(x)]
    return tuple(
        np.pad(index, (0, size - len(index)), constant_values=fill)
        for index, fill in zip(found, fills)
    )
