"""Indexing, scattering, sorting and searching of TensorFlow tensors."""

import math
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .host import assign
from .shape import bounded_axis, shape_of


def from_front(index, size):
    """Indices as int64, negative ones counted from the end."""
    index = tf.cast(index, tf.int64)
    return tf.where(index < 0, index + tf.cast(size, tf.int64), index)


def is_index_array(item):
    """Whether one part of an index is an array: a list, a range, an ndarray or a tensor that is no scalar."""
    if isinstance(item, (list, tuple, range)):
        return True
    return hasattr(item, "shape") and (len(item.shape) > 0 or item.dtype == tf.bool)


def whole_index(index, rank):
    """Index as a list of one part per axis (None adds one): no ellipsis, masks as index arrays."""
    parts = []
    for item in index if isinstance(index, tuple) else (index,):
        item = tf.convert_to_tensor(item) if is_index_array(item) else item
        is_mask = is_index_array(item) and item.dtype == tf.bool
        parts.extend(tf.unstack(tf.where(item), axis=1) if is_mask else [item])
    used = sum(part is not None and part is not Ellipsis for part in parts)
    fill = [slice(None)] * (rank - used)
    for position, part in enumerate(parts):
        if part is Ellipsis:
            return parts[:position] + fill + parts[position + 1 :]
    return parts + fill


def getitem(x, key, /):
    """x[key] with NumPy's rules, for ints, slices, None, ellipsis, masks and index arrays.

    Ints select first; the axes of index arrays stay in place when they are neighbours, and move to
    the front otherwise. x may be a list or a text; other containers and NumPy's arrays stay what they are.
    """
    if isinstance(x, (list, tuple, str)) and not isinstance(key, tuple) and getattr(key, "ndim", 0) == 0:
        return x[key]
    if not isinstance(x, (list, tuple)) and not hasattr(x, "shape"):
        return x[key]
    if isinstance(x, np.ndarray) and isinstance(key, np.ndarray):
        return x[key]
    x = tf.convert_to_tensor(x)
    parts = whole_index(key, x.shape.rank)
    arrays = [part for part in parts if is_index_array(part)]
    basic = tuple(slice(None) if is_index_array(part) else part for part in parts)
    x = x[basic]
    if not arrays:
        return x
    kept = [p for p in parts if p is None or isinstance(p, slice) or is_index_array(p)]
    axes = [axis for axis, part in enumerate(kept) if is_index_array(part)]
    others = [axis for axis in range(x.shape.rank) if axis not in axes]
    sizes = shape_of(x)
    arrays = [from_front(array, sizes[axis]) for array, axis in zip(arrays, axes)]
    target = tf.shape(sum(arrays[1:], arrays[0]))
    rows = tf.stack([tf.broadcast_to(array, target) for array in arrays], axis=-1)
    picked = tf.gather_nd(tf.transpose(x, axes + others), rows)
    if axes != list(range(axes[0], axes[-1] + 1)) or axes[0] == 0:
        return picked
    width = rows.shape.rank - 1
    lead = list(range(width, width + axes[0]))
    rest = list(range(width + axes[0], picked.shape.rank))
    return tf.transpose(picked, lead + list(range(width)) + rest)


def unstacked(x, /):
    """The slices of a tensor along its first axis; lists and tuples as they are."""
    return tf.unstack(x) if tf.is_tensor(x) else x


def is_whole_mask(x, index):
    """Whether index is one boolean mask of exactly the shape of x."""
    return getattr(index, "dtype", None) in (tf.bool, bool) and len(index.shape) == len(x.shape)


def setitem(x, key, value, /):
    """x[key] = value with NumPy's rules: a new tensor; a variable or another container is written in place.

    See getitem for the kinds of index. Where positions repeat, which value stays is not defined.
    """
    if isinstance(x, (tf.Variable, keras.Variable)):
        x.assign(setitem(tf.convert_to_tensor(x), key, value))
        return x
    if hasattr(x, "__setitem__"):
        x[key] = value
        return x
    value = tf.cast(value, x.dtype)
    if is_whole_mask(x, key) and value.shape.rank == 0:
        return tf.where(key, value, x)
    places = tf.reshape(tf.range(tf.size(x)), tf.shape(x))
    places = getitem(places, key)
    while value.shape.rank > places.shape.rank:
        value = tf.squeeze(value, 0)
    value = tf.broadcast_to(value, tf.shape(places))
    flat = tf.tensor_scatter_nd_update(
        tf.reshape(x, [-1]), tf.reshape(places, [-1, 1]), tf.reshape(value, [-1])
    )
    return tf.ensure_shape(tf.reshape(flat, tf.shape(x)), x.shape)


def assign_item(x, key, value, /):
    """Change x[key] in place: a variable that a container holds takes the value; else as `setitem`."""
    if isinstance(x, (dict, list, tuple)) and isinstance(x[key], (tf.Variable, keras.Variable)):
        assign(x[key], value)
        return x
    return setitem(x, key, value)


def element_rows(index, axis):
    """Full index of every position in index, with the value of index itself along axis."""
    index = tf.cast(index, tf.int64)
    sizes = shape_of(index)
    grid = tf.meshgrid(*(tf.range(size, dtype=tf.int64) for size in sizes), indexing="ij")
    grid[axis % len(sizes)] = index
    return tf.stack(grid, axis=-1)


def cut_to(src, sizes, dtype):
    """The leading part of src with this shape; a number is repeated."""
    src = tf.cast(src, dtype)
    return tf.slice(src, [0] * len(sizes), sizes) if src.shape.rank else tf.fill(sizes, src)


def gather(x, axis, index, /):
    """Pick values along one axis at each position of index: out[i, j] = x[i, index[i, j]] for axis 1.

    The other axes of index may be smaller than those of x.
    """
    return tf.gather_nd(x, element_rows(index, axis))


def take(x, indices, /, *, axis=None):
    """Elements at indices along axis; without an axis of the flattened tensor."""
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    return tf.gather(x, from_front(indices, shape_of(x)[axis]), axis=axis)


def take_along_axis(x, indices, /, *, axis):
    """Values along axis at indices, which broadcast with x elsewhere."""
    axis = bounded_axis(axis, x.shape.rank)
    indices = from_front(indices, shape_of(x)[axis])
    sizes, wanted = shape_of(x), shape_of(indices)
    common = [m if isinstance(n, int) and n == 1 else n for n, m in zip(sizes, wanted)]
    x = tf.broadcast_to(x, (*common[:axis], sizes[axis], *common[axis + 1 :]))
    indices = tf.broadcast_to(indices, (*common[:axis], wanted[axis], *common[axis + 1 :]))
    return tf.gather_nd(x, element_rows(indices, axis))


def scatter(x, axis, index, src, /):
    """Write src at the positions that index names along one axis."""
    rows, src = element_rows(index, axis), cut_to(src, shape_of(index), x.dtype)
    return tf.tensor_scatter_nd_update(x, rows, src)


def scatter_add(x, axis, index, src, /):
    """Add src at the positions that index names along one axis; repeated ones accumulate."""
    rows, src = element_rows(index, axis), cut_to(src, shape_of(index), x.dtype)
    return tf.tensor_scatter_nd_add(x, rows, src)


def flat_positions(x, axis, index):
    """Positions in the flattened x of the elements that index names along one axis."""
    sizes = [tf.cast(size, tf.int64) for size in shape_of(x)]
    steps = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
    return tf.reduce_sum(element_rows(index, axis) * tf.stack([*steps[:-1], 1]), axis=-1)


def segments_product(x, axis, index, src):
    """Product of all src elements that land on each element of x; 1 where none does."""
    places = tf.reshape(flat_positions(x, axis, index), [-1])
    values = tf.reshape(src, [-1])
    product = tf.math.unsorted_segment_prod(values, places, tf.size(x, out_type=tf.int64))
    return tf.reshape(product, tf.shape(x))


def scatter_prod(x, axis, index, src, /):
    """Multiply by src at the positions that index names along one axis; repeated ones accumulate."""
    return x * segments_product(x, axis, index, cut_to(src, shape_of(index), x.dtype))


def reduction_start(reduce, dtype):
    """Value that leaves a reduction unchanged."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype.is_floating:
        return -math.inf if reduce == "amax" else math.inf
    return dtype.min if reduce == "amax" else dtype.max


def scatter_reduce(x, axis, index, src, reduce, /, *, include_self=True):
    """Combine src into the positions that index names along one axis.

    reduce is "sum", "prod", "mean", "amax" or "amin"; without include_self the old values do not count.
    """
    x = tf.convert_to_tensor(x)
    src = cut_to(src, shape_of(index), x.dtype)
    start = x if include_self else scatter(x, axis, index, reduction_start(reduce, x.dtype))
    if reduce == "sum":
        return scatter_add(start, axis, index, src)
    if reduce == "prod":
        return scatter_prod(start, axis, index, src)
    if reduce == "amax":
        return tf.tensor_scatter_nd_max(start, element_rows(index, axis), src)
    if reduce == "amin":
        return tf.tensor_scatter_nd_min(start, element_rows(index, axis), src)
    if reduce != "mean":
        raise ValueError(f"scatter_reduce: unknown reduction {reduce!r}")
    count = tf.fill(tf.shape(x), tf.cast(int(include_self), x.dtype))
    count = tf.maximum(scatter_add(count, axis, index, 1), tf.ones((), x.dtype))
    total = scatter_add(start, axis, index, src)
    return total / count if x.dtype.is_floating else total // count


def along_axis(x, axis, index):
    """Index tuple that applies index along one axis and takes the others whole."""
    return (slice(None),) * bounded_axis(axis, x.shape.rank) + (index,)


def index_add(x, axis, index, source, /, *, alpha=1):
    """Add alpha * source to the slices along axis that index names; repeated ones accumulate."""
    front = [bounded_axis(axis, x.shape.rank)]
    order = front + [i for i in range(x.shape.rank) if i not in front]
    back = [order.index(i) for i in range(x.shape.rank)]
    rows = tf.reshape(tf.cast(index, tf.int64), [-1, 1])
    source = tf.transpose(tf.cast(alpha * source, x.dtype), order)
    return tf.transpose(tf.tensor_scatter_nd_add(tf.transpose(x, order), rows, source), back)


def index_copy(x, axis, index, source, /):
    """Replace the slices along axis that index names by those of source."""
    return setitem(x, along_axis(x, axis, index), source)


def index_fill(x, axis, index, value, /):
    """Fill the slices along axis that index names with a number."""
    return setitem(x, along_axis(x, axis, index), value)


def index_put(x, indices, values, /, *, accumulate=False):
    """Write values at index arrays, one per leading axis, or add them there."""
    if not accumulate:
        return setitem(x, tuple(indices), values)
    places = getitem(tf.reshape(tf.range(tf.size(x)), tf.shape(x)), tuple(indices))
    values = tf.reshape(tf.broadcast_to(tf.cast(values, x.dtype), tf.shape(places)), [-1])
    flat = tf.tensor_scatter_nd_add(tf.reshape(x, [-1]), tf.reshape(places, [-1, 1]), values)
    return tf.reshape(flat, tf.shape(x))


def put(x, index, source, /, *, accumulate=False):
    """Write source at positions of the flattened tensor, or add it there."""
    flat, source = tf.reshape(x, [-1]), tf.reshape(source, [-1])
    rows = tf.reshape(from_front(index, shape_of(flat)[0]), [-1, 1])
    update = tf.tensor_scatter_nd_add if accumulate else tf.tensor_scatter_nd_update
    return tf.reshape(update(flat, rows, source), tf.shape(x))


def fill_diagonal(x, value, /):
    """Replace the main diagonal of a matrix by a number."""
    rows, columns = shape_of(x)
    return tf.where(tf.eye(rows, columns, dtype=tf.bool), tf.cast(value, x.dtype), x)


def masked_fill(x, mask, value, /):
    """Replace elements where mask is true by one value, in the dtype of x."""
    return tf.where(mask, tf.cast(value, x.dtype), x)


def masked_select(x, mask, /):
    """The elements where mask is true, in one axis; x and mask broadcast."""
    target = tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(mask))
    x, mask = tf.broadcast_to(x, target), tf.broadcast_to(mask, target)
    return tf.boolean_mask(tf.reshape(x, [-1]), tf.reshape(mask, [-1]))


def masked_scatter(x, mask, source, /):
    """Fill the positions where mask is true with the elements of source, in order."""
    mask = tf.broadcast_to(mask, tf.shape(x))
    order = tf.cumsum(tf.cast(tf.reshape(mask, [-1]), tf.int64)) - 1
    picked = tf.gather(tf.reshape(source, [-1]), tf.maximum(order, 0))
    return tf.where(mask, tf.reshape(picked, tf.shape(x)), x)


def select(x, axis, index, /):
    """The slice at one index along axis, without that axis."""
    return x[along_axis(x, axis, index)]


def select_scatter(x, src, axis, index, /):
    """Replace the slice at one index along axis by src."""
    return setitem(x, along_axis(x, axis, index), src)


def narrow_index(x, axis, start, length):
    """Index of the slice of this length along axis that begins at start."""
    size = x.shape[axis]
    first = start + size if start < 0 else start
    if size is not None and not 0 <= first <= first + length <= size:
        raise IndexError(f"narrow: {start} and length {length} leave an axis of {size}")
    return along_axis(x, axis, slice(first, first + length))


def narrow(x, axis, start, length, /):
    """The slice of this length along axis that begins at start."""
    return x[narrow_index(x, axis, start, length)]


def narrow_scatter(x, src, axis, start, length, /):
    """Replace the slice of this length along axis that begins at start by src."""
    return setitem(x, narrow_index(x, axis, start, length), src)


class Ranked(NamedTuple):
    """Values with the indices that they came from."""

    values: Any
    indices: Any


def argsort(x, /, *, axis=-1, descending=False):
    """Indices that sort along an axis; NaN counts as the largest value, equal values keep order."""
    x = tf.convert_to_tensor(x)
    axis = bounded_axis(axis, x.shape.rank)
    if x.dtype == tf.bool or x.dtype.size < 4 and x.dtype.is_integer:
        x = tf.cast(x, tf.int32)
    if descending:
        backwards = argsort(tf.reverse(x, [axis]), axis=axis)
        return tf.cast(shape_of(x)[axis], tf.int64) - 1 - tf.reverse(backwards, [axis])
    if not x.dtype.is_floating:
        return tf.cast(tf.argsort(x, axis=axis, stable=True), tf.int64)
    missing = tf.math.is_nan(x)
    order = tf.argsort(tf.where(missing, tf.constant(math.inf, x.dtype), x), axis=axis, stable=True)
    late = take_along_axis(tf.cast(missing, tf.int32), order, axis=axis)
    order = take_along_axis(order, tf.argsort(late, axis=axis, stable=True), axis=axis)
    return tf.cast(order, tf.int64)


def sort(x, /, *, axis=-1, descending=False):
    """Sorted values along an axis; NaN counts as the largest value."""
    return sort_with_indices(x, axis=axis, descending=descending).values


def sort_with_indices(x, /, *, axis=-1, descending=False):
    """Sorted values along an axis and their indices; NaN counts as the largest value."""
    if x.shape.rank == 0:
        return Ranked(x, tf.zeros([], tf.int64))
    order = argsort(x, axis=axis, descending=descending)
    return Ranked(take_along_axis(x, order, axis=axis), order)


def msort(x, /):
    """Sort along the first axis."""
    return sort(x, axis=0)


def topk(x, k, /, *, axis=-1, largest=True, sorted=True):
    """The k largest (or smallest) values along an axis, best first, and their indices."""
    if x.shape.rank == 0:
        return Ranked(x, tf.zeros([], tf.int64))
    if x.shape[axis] is not None and k > x.shape[axis]:
        raise ValueError(f"topk: k={k} is more than the axis holds ({x.shape[axis]})")
    order = argsort(x, axis=axis, descending=largest)[along_axis(x, axis, slice(k))]
    return Ranked(take_along_axis(x, order, axis=axis), order)


def kthvalue(x, k, /, *, axis=-1, keepdims=False):
    """The k-th smallest value, counted from 1, along an axis and its index."""
    if not 1 <= k <= x.shape[axis]:
        raise ValueError(f"kthvalue: k={k} is not in 1..{x.shape[axis]}")
    order = argsort(x, axis=axis)[along_axis(x, axis, slice(k - 1, k))]
    values = take_along_axis(x, order, axis=axis)
    if keepdims:
        return Ranked(values, order)
    return Ranked(tf.squeeze(values, axis), tf.squeeze(order, axis))


def runs(rows, return_inverse, return_counts):
    """Rows without direct repetitions, as [rows, inverse, counts]; what is not asked for is left out."""
    count = tf.shape(rows)[0]
    flat = tf.reshape(rows, tf.stack([count, tf.size(rows) // tf.maximum(count, 1)]))
    changed = tf.reduce_any(flat[1:] != flat[:-1], axis=1)
    first = tf.concat([tf.ones([tf.minimum(count, 1)], tf.bool), changed], axis=0)
    results = [tf.boolean_mask(rows, first)]
    if return_inverse:
        results.append(tf.cumsum(tf.cast(first, tf.int64)) - 1)
    if return_counts:
        edges = tf.concat([tf.where(first)[:, 0], tf.cast([count], tf.int64)], axis=0)
        results.append(edges[1:] - edges[:-1])
    return results


def unique_consecutive(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Elements, or slices along an axis, without direct repetitions."""
    rows = tf.reshape(x, [-1]) if axis is None else keras.ops.moveaxis(x, axis, 0)
    results = runs(rows, return_inverse, return_counts)
    if axis is not None:
        results[0] = keras.ops.moveaxis(results[0], 0, axis)
    elif return_inverse:
        results[1] = tf.reshape(results[1], tf.shape(x))
    return tuple(results) if len(results) > 1 else results[0]


def row_order(rows):
    """Order that sorts rows by their elements, the first element deciding first."""
    flat = tf.reshape(rows, tf.stack([tf.shape(rows)[0], -1]))
    order = tf.range(tf.shape(rows)[0], dtype=tf.int64)
    for column in reversed(tf.unstack(flat, axis=1)):
        order = tf.gather(order, argsort(tf.gather(column, order)))
    return order


def unique(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Sorted distinct elements, or slices along an axis, optionally with inverse and counts."""
    rows = tf.reshape(x, [-1]) if axis is None else keras.ops.moveaxis(x, axis, 0)
    order = argsort(rows) if axis is None else row_order(rows)
    results = runs(tf.gather(rows, order), return_inverse, return_counts)
    if return_inverse:
        inverse = tf.scatter_nd(order[:, None], results[1], tf.shape(results[1], tf.int64))
        results[1] = tf.reshape(inverse, tf.shape(x)) if axis is None else inverse
    if axis is not None:
        results[0] = keras.ops.moveaxis(results[0], 0, axis)
    return tuple(results) if len(results) > 1 else results[0]


def searchsorted(sorted_sequence, values, /, *, right=False):
    """Where to insert values so that each row of the sorted sequence stays sorted."""
    side = "right" if right else "left"
    sorted_sequence, values = tf.convert_to_tensor(sorted_sequence), tf.convert_to_tensor(values)
    wider = max(sorted_sequence.dtype, values.dtype, key=lambda dtype: (dtype.is_floating, dtype.size))
    sorted_sequence, values = tf.cast(sorted_sequence, wider), tf.cast(values, wider)
    rows = tf.reshape(sorted_sequence, tf.stack([-1, shape_of(sorted_sequence)[-1]]))
    queries = tf.reshape(values, tf.stack([tf.shape(rows)[0], -1]))
    found = tf.searchsorted(rows, queries, side=side, out_type=tf.int64)
    return tf.reshape(found, tf.shape(values))


def bucketize(x, boundaries, /, *, right=False):
    """Index of the bucket between sorted boundaries of each element."""
    return searchsorted(boundaries, x, right=right)


def histc(x, /, *, bins=100, min=0, max=0):
    """Counts in equal bins between min and max; equal limits mean those of the data.

    Elements outside the limits are not counted.
    """
    x = tf.reshape(x, [-1])
    low, high = (tf.reduce_min(x), tf.reduce_max(x)) if min == max else (min, max)
    low, high = tf.cast(low, x.dtype), tf.cast(high, x.dtype)
    low, high = tf.where(low == high, low - 1, low), tf.where(low == high, high + 1, high)
    inside = tf.boolean_mask(x, (x >= low) & (x <= high))
    place = tf.cast((inside - low) / (high - low) * bins, tf.int32)
    counts = tf.math.bincount(tf.minimum(place, bins - 1), minlength=bins, maxlength=bins)
    return tf.cast(counts, x.dtype)


def bincount(x, /, *, weights=None, minlength=0):
    """How often each non-negative integer occurs, or the sum of its weights."""
    size = tf.maximum(tf.reduce_max(tf.concat([[-1], tf.cast(x, tf.int32)], 0)) + 1, minlength)
    values = tf.ones_like(x, tf.int64) if weights is None else weights
    return tf.math.unsorted_segment_sum(values, tf.cast(x, tf.int32), size)


def take_bounded(x, indices, /, mode, *, axis=None):
    """Elements at indices along axis, those outside moved to the ends ("clip") or counted on ("wrap")."""
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    indices = tf.convert_to_tensor(indices)
    size = tf.cast(shape_of(x)[axis], indices.dtype)
    indices = tf.clip_by_value(indices, 0, size - 1) if mode == "clip" else indices % size
    return tf.gather(x, indices, axis=axis)


def nonzero_sized(x, size, fill_value=None, /):
    """The first ``size`` indices of the elements that are not zero, one tensor per axis, filled up with a value."""
    rows = tf.where(x)[:size]
    fills = fill_value if isinstance(fill_value, tuple) else (fill_value or 0,) * x.shape.rank
    filling = tf.broadcast_to(tf.constant(fills, tf.int64), (size - tf.shape(rows)[0], x.shape.rank))
    return tuple(tf.unstack(tf.ensure_shape(tf.concat([rows, filling], 0), (size, x.shape.rank)), axis=1))


class PartOf:
    """Elements of a variable: what fills them fills them there."""

    def __init__(self, variable, key):
        self.variable, self.key = variable, key

    def __getattr__(self, name):
        return getattr(getitem(self.variable, self.key), name)

    def __getitem__(self, key):
        return getitem(getitem(self.variable, self.key), key)

    def assign(self, value):
        """Fill the elements."""
        if setitem(self.variable, self.key, value) is not self.variable:
            raise TypeError("elements of a tensor cannot be changed in place; pass a variable")
        return self

    def __tf_tensor__(self, dtype=None, name=None):
        return tf.convert_to_tensor(getitem(self.variable, self.key), dtype)
