"""Indexing, scattering, sorting and searching of JAX arrays."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from .host import assign


def along_axis(x, axis, index):
    """Index tuple that applies index along one axis and takes the others whole."""
    return (slice(None),) * (axis % x.ndim) + (index,)


def element_grid(index, axis):
    """Index arrays of every position in index, with the value of index itself along axis."""
    grid = list(jnp.indices(index.shape, sparse=True))
    grid[axis] = index
    return tuple(grid)


def cut_to(src, shape, dtype):
    """The leading part of src with this shape; a number is taken as it is."""
    src = jnp.asarray(src, dtype)
    return src[tuple(slice(n) for n in shape)] if src.ndim else src


def gather(x, axis, index, /):
    """Pick values along one axis at each position of index: out[i, j] = x[i, index[i, j]] for axis 1.

    The other axes of index may be smaller than those of x. An index out of range gives NaN.
    """
    x, axis = jnp.asarray(x), axis % x.ndim
    parts = (slice(None) if i == axis else slice(n) for i, n in enumerate(index.shape))
    return jnp.take_along_axis(x[tuple(parts)], index, axis=axis)


def scatter(x, axis, index, src, /):
    """Write src at the positions that index names along one axis; an index out of range is dropped."""
    x = jnp.asarray(x)
    return x.at[element_grid(index, axis)].set(cut_to(src, index.shape, x.dtype))


def scatter_add(x, axis, index, src, /):
    """Add src at the positions that index names along one axis; repeated ones accumulate."""
    x = jnp.asarray(x)
    return x.at[element_grid(index, axis)].add(cut_to(src, index.shape, x.dtype))


def scatter_prod(x, axis, index, src, /):
    """Multiply by src at the positions that index names along one axis; repeated ones accumulate."""
    x = jnp.asarray(x)
    return x.at[element_grid(index, axis)].multiply(cut_to(src, index.shape, x.dtype))


def reduction_start(reduce, dtype):
    """Value that leaves a reduction unchanged."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if jnp.issubdtype(dtype, jnp.floating):
        return -math.inf if reduce == "amax" else math.inf
    limits = jnp.iinfo(dtype)
    return limits.min if reduce == "amax" else limits.max


def scatter_reduce(x, axis, index, src, reduce, /, *, include_self=True):
    """Combine src into the positions that index names along one axis.

    reduce is "sum", "prod", "mean", "amax" or "amin"; without include_self the old values do not count.
    """
    x = jnp.asarray(x)
    grid, src = element_grid(index, axis), cut_to(src, index.shape, x.dtype)
    start = x if include_self else x.at[grid].set(reduction_start(reduce, x.dtype))
    if reduce == "sum":
        return start.at[grid].add(src)
    if reduce == "prod":
        return start.at[grid].multiply(src)
    if reduce == "amax":
        return start.at[grid].max(src)
    if reduce == "amin":
        return start.at[grid].min(src)
    if reduce != "mean":
        raise ValueError(f"scatter_reduce: unknown reduction {reduce!r}")
    count = jnp.full(x.shape, int(include_self), x.dtype).at[grid].add(1)
    total, count = start.at[grid].add(src), jnp.maximum(count, 1)
    return total / count if jnp.issubdtype(x.dtype, jnp.inexact) else total // count


def index_add(x, axis, index, source, /, *, alpha=1):
    """Add alpha * source to the slices along axis that index names; repeated ones accumulate."""
    return jnp.asarray(x).at[along_axis(x, axis, index)].add((alpha * source).astype(x.dtype))


def index_copy(x, axis, index, source, /):
    """Replace the slices along axis that index names by those of source."""
    return jnp.asarray(x).at[along_axis(x, axis, index)].set(source)


def index_fill(x, axis, index, value, /):
    """Fill the slices along axis that index names with a number."""
    return jnp.asarray(x).at[along_axis(x, axis, index)].set(jnp.asarray(value, x.dtype))


def index_put(x, indices, values, /, *, accumulate=False):
    """Write values at index arrays, one per leading axis, or add them there."""
    target = jnp.asarray(x).at[tuple(indices)]
    return target.add(values) if accumulate else target.set(values)


def put(x, index, source, /, *, accumulate=False):
    """Write source at positions of the flattened array, or add it there."""
    target = jnp.ravel(x).at[jnp.ravel(index)]
    source = jnp.ravel(source)
    return jnp.reshape(target.add(source) if accumulate else target.set(source), x.shape)


def fill_diagonal(x, value, /):
    """Replace the main diagonal of a matrix by a number."""
    return jnp.fill_diagonal(jnp.asarray(x), value, inplace=False)


def masked_fill(x, mask, value, /):
    """Replace elements where mask is true by one value, in the dtype of x."""
    return jnp.where(mask, jnp.asarray(value).astype(x.dtype), x)


def masked_select(x, mask, /):
    """The elements where mask is true, in one axis; not usable under jit, where shapes are fixed."""
    x, mask = jnp.broadcast_arrays(x, mask)
    return x[mask]


def masked_scatter(x, mask, source, /):
    """Fill the positions where mask is true with the elements of source, in order."""
    x, mask = jnp.broadcast_arrays(x, mask)
    order = jnp.cumsum(mask.ravel()) - 1
    picked = jnp.take(jnp.ravel(source), jnp.maximum(order, 0)).reshape(x.shape)
    return jnp.where(mask, picked, x)


def select(x, axis, index, /):
    """The slice at one index along axis, without that axis."""
    return jnp.asarray(x)[along_axis(x, axis, index)]


def select_scatter(x, src, axis, index, /):
    """Replace the slice at one index along axis by src."""
    return jnp.asarray(x).at[along_axis(x, axis, index)].set(src)


def narrow_index(x, axis, start, length):
    """Index of the slice of this length along axis that begins at start."""
    size = x.shape[axis]
    first = start + size if start < 0 else start
    if not 0 <= first <= first + length <= size:
        raise IndexError(f"narrow: {start} and length {length} leave an axis of {size}")
    return along_axis(x, axis, slice(first, first + length))


def narrow(x, axis, start, length, /):
    """The slice of this length along axis that begins at start."""
    return jnp.asarray(x)[narrow_index(x, axis, start, length)]


def narrow_scatter(x, src, axis, start, length, /):
    """Replace the slice of this length along axis that begins at start by src."""
    return jnp.asarray(x).at[narrow_index(x, axis, start, length)].set(src)


def setitem(x, key, value, /):
    """x[key] = value for any container; a JAX array comes back as a new array.

    Leading axes of length 1 that the place does not have are dropped.
    """
    if isinstance(x, jax.Array):
        value = jnp.asarray(value).astype(x.dtype)
        if value.ndim and value.shape[0] == 1:
            more = value.ndim - jax.eval_shape(lambda x: x[key], x).ndim
            value = value.squeeze(tuple(range(more)))
        return x.at[key].set(value)
    if isinstance(x, nnx.Variable):
        x[...] = setitem(x[...], key, value)
    else:
        x[key] = value
    return x


def assign_item(x, key, value, /):
    """Change x[key] in place: a variable that a container holds takes the value; else as `setitem`."""
    if isinstance(x, (dict, list, tuple)) and isinstance(x[key], nnx.Variable):
        assign(x[key], value)
        return x
    return setitem(x, key, value)


class Ranked(NamedTuple):
    """Values with the indices that they came from."""

    values: Any
    indices: Any


def sort_with_indices(x, /, *, axis=-1, descending=False):
    """Sorted values along an axis and their indices; NaN counts as the largest value."""
    if x.ndim == 0:
        return Ranked(jnp.asarray(x), jnp.zeros((), int))
    order = jnp.argsort(x, axis=axis, descending=descending)
    return Ranked(jnp.take_along_axis(x, order, axis=axis), order)


def topk(x, k, /, *, axis=-1, largest=True, sorted=True):
    """The k largest (or smallest) values along an axis, best first, and their indices."""
    if x.ndim == 0:
        return Ranked(jnp.asarray(x), jnp.zeros((), int))
    if k > x.shape[axis]:
        raise ValueError(f"topk: k={k} is more than the axis holds ({x.shape[axis]})")
    if largest:
        if jnp.issubdtype(x.dtype, jnp.floating):
            x = jnp.where(jnp.isnan(x), jnp.nan, x)  # top_k ranks a NaN by its sign
        values, order = lax.top_k(jnp.moveaxis(x, axis, -1), k)
        return Ranked(jnp.moveaxis(values, -1, axis), jnp.moveaxis(order, -1, axis))
    order = lax.slice_in_dim(jnp.argsort(x, axis=axis), 0, k, axis=axis % x.ndim)
    return Ranked(jnp.take_along_axis(x, order, axis=axis), order)


def kthvalue(x, k, /, *, axis=-1, keepdims=False):
    """The k-th smallest value, counted from 1, along an axis and its index."""
    if not 1 <= k <= x.shape[axis]:
        raise ValueError(f"kthvalue: k={k} is not in 1..{x.shape[axis]}")
    order = jnp.argsort(x, axis=axis)
    picked = lax.slice_in_dim(order, k - 1, k, axis=axis % x.ndim)
    values = jnp.take_along_axis(x, picked, axis=axis)
    if keepdims:
        return Ranked(values, picked)
    return Ranked(jnp.squeeze(values, axis), jnp.squeeze(picked, axis))


def unique(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Sorted distinct elements, or slices along an axis, optionally with inverse and counts."""
    return jnp.unique(
        x, return_inverse=return_inverse, return_counts=return_counts, axis=axis, equal_nan=False
    )


def unique_consecutive(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Elements, or slices along an axis, without direct repetitions; not usable under jit."""
    rows = jnp.ravel(x) if axis is None else jnp.moveaxis(x, axis, 0)
    flat = rows.reshape(rows.shape[0], -1)
    first = jnp.concatenate([jnp.ones(1, bool), jnp.any(flat[1:] != flat[:-1], axis=1)])[
        : len(rows)
    ]
    kept = rows[first]
    results = [kept if axis is None else jnp.moveaxis(kept, 0, axis)]
    if return_inverse:
        inverse = jnp.cumsum(first) - 1
        results.append(inverse.reshape(x.shape) if axis is None else inverse)
    if return_counts:
        results.append(jnp.diff(jnp.append(jnp.flatnonzero(first), len(rows))))
    return tuple(results) if len(results) > 1 else results[0]


def searchsorted(sorted_sequence, values, /, *, right=False):
    """Where to insert values so that each row of the sorted sequence stays sorted."""
    side = "right" if right else "left"
    if sorted_sequence.ndim == 1:
        return jnp.searchsorted(sorted_sequence, values, side=side)
    rows = jnp.reshape(sorted_sequence, (-1, sorted_sequence.shape[-1]))
    queries = jnp.reshape(values, (rows.shape[0], -1))
    found = jax.vmap(lambda row, query: jnp.searchsorted(row, query, side=side))(rows, queries)
    return found.reshape(values.shape)


def histc(x, /, *, bins=100, min=0, max=0):
    """Counts in equal bins between min and max; equal limits mean those of the data.

    Elements outside the limits are not counted.
    """
    x = jnp.ravel(x)
    low, high = (jnp.min(x), jnp.max(x)) if min == max else (min, max)
    return jnp.histogram(x, bins, range=(low, high))[0].astype(x.dtype)


def list_index(items):
    """A list as an index: numbers pick elements along an axis; of arrays and slices each is for an axis of its own."""
    plain = all(isinstance(item, (bool, int, np.integer, np.bool_)) for item in items)
    return jnp.array(items, None if items else int) if plain else tuple(items)


def element_list(items):
    """A list of numbers, masks or arrays as an index along one axis; a tuple has an index for each axis."""
    if isinstance(items, tuple):
        return items
    return jnp.asarray(items, None if items else int)


class PartOf:
    """Elements of a variable: what fills them fills them there."""

    def __init__(self, variable, key):
        self.variable, self.key = variable, key

    def __getattr__(self, name):
        return getattr(self.variable[self.key], name)

    def __getitem__(self, key):
        return self.variable[self.key][key]

    def __setitem__(self, key, value):
        part = setitem(self.variable[self.key], key, value)
        if setitem(self.variable, self.key, part) is not self.variable:
            raise TypeError("elements of an array cannot be changed in place; pass a variable")

    def __jax_array__(self):
        return self.variable[self.key]


def sort_in_place(x, *args, **kwargs):
    """Sort a list or what else can be sorted; arrays of JAX cannot be sorted in place."""
    if isinstance(x, jax.Array):
        raise NotImplementedError("an array of JAX is not sorted in place: use x = jnp.sort(x)")
    x.sort(*args, **kwargs)
