"""What NumPy has beyond the Array API: sets, polynomials, windows, statistics of data, editing, padding."""

import itertools
import math
import re

import keras
import numpy as np
import tensorflow as tf

from .indexing import getitem, setitem, unique
from .math import asarray
from .nests import leaves_of, nested_depth
from .shape import split_at_or_into


def as_float(x):
    """x as a tensor of floats: Python numbers and integers become float64."""
    x = asarray(x)
    return x if x.dtype.is_floating or x.dtype.is_complex else tf.cast(x, tf.float64)


def flat(x):
    """All elements of a tensor, or of what it is made from, in a vector."""
    return tf.reshape(asarray(x), [-1])


def outer_shaped(x1, x2):
    """x1 with as many new axes at its end as x2 has."""
    return tf.reshape(x1, x1.shape + (1,) * len(x2.shape))


def add_outer(x1, x2, /):
    """The sum of every element of x1 with every element of x2."""
    return outer_shaped(x1, x2) + x2


def subtract_outer(x1, x2, /):
    """Every element of x1 less every element of x2."""
    return outer_shaped(x1, x2) - x2


def multiply_outer(x1, x2, /):
    """The product of every element of x1 with every element of x2."""
    return outer_shaped(x1, x2) * x2


def arange_wide(start, stop=None, step=1, /):
    """Evenly spaced values: int64 for integers, else float64."""
    start, stop = (0, start) if stop is None else (start, stop)
    exact = all(asarray(number).dtype.is_integer for number in (start, stop, step))
    return tf.convert_to_tensor(np.arange(start, stop, step, dtype=np.int64 if exact else np.float64))


def full_wide(shape, fill_value, /):
    """Tensor of one value: a Python float makes it float64."""
    return tf.fill((shape,) if isinstance(shape, int) else tuple(shape), asarray(fill_value))


def linspace_open(start, stop, num, /, *, dtype=None):
    """Evenly spaced numbers without the end."""
    start, stop = tf.cast(start, tf.float64), tf.cast(stop, tf.float64)
    steps = tf.range(num, dtype=tf.float64) / max(num, 1)
    return tf.cast(start + steps * (stop - start), dtype or tf.float64)


def geomspace(start, stop, num=50, /):
    """Numbers with equal ratios, both ends included, float64."""
    steps = tf.linspace(tf.constant(0.0, tf.float64), 1.0, num)[1:-1]
    start, stop = tf.cast(start, tf.float64), tf.cast(stop, tf.float64)
    return tf.concat([[start], start * (stop / start) ** steps, [stop]], axis=0)[:num]


def eye_diagonal(n_rows, n_cols=None, /, *, k=0, dtype=None):
    """Ones on a diagonal, zeros elsewhere."""
    rows, cols = tf.range(n_rows), tf.range(n_rows if n_cols is None else n_cols)
    return tf.cast(cols[None] - rows[:, None] == k, dtype)


def tri(n_rows, n_cols=None, /, *, k=0, dtype=None):
    """Ones at and below a diagonal, zeros elsewhere."""
    rows, cols = tf.range(n_rows), tf.range(n_rows if n_cols is None else n_cols)
    return tf.cast(cols[None] - rows[:, None] <= k, dtype)


def tril_pair(n, k=0, m=None, /):
    """Row and column indices of the lower triangle."""
    return tuple(tf.unstack(tf.where(tri(n, m, k=k, dtype=tf.bool)), axis=1))


def triu_pair(n, k=0, m=None, /):
    """Row and column indices of the upper triangle."""
    return tuple(tf.unstack(tf.where(~tri(n, m, k=k - 1, dtype=tf.bool)), axis=1))


def indices(dimensions, /):
    """The coordinates of a grid, one tensor per axis, stacked."""
    return tf.stack(tf.meshgrid(*(tf.range(size, dtype=tf.int64) for size in dimensions), indexing="ij"))


def fromfunction(function, shape, /):
    """A function of the coordinates, called once with a float64 tensor for each axis."""
    return function(*tf.unstack(tf.cast(indices(shape), tf.float64)))


def ix_(*arrays):
    """Index tensors that pick the cross product of rows and columns."""
    found = []
    for position, array in enumerate(arrays):
        array = asarray(array)
        index = tf.where(array)[:, 0] if array.dtype == tf.bool else array
        found.append(tf.reshape(index, [-1 if axis == position else 1 for axis in range(len(arrays))]))
    return tuple(found)


def open_grid(parts, /):
    """The axes of a grid in shapes that broadcast to it; a single axis itself."""
    if len(parts) == 1:
        return parts[0]
    return tuple(part[(None,) * at + (...,) + (None,) * (len(parts) - at - 1)] for at, part in enumerate(parts))


def dense_grid(parts, /):
    """The coordinates of the points of a grid, stacked; of a single axis the axis itself."""
    return parts[0] if len(parts) == 1 else tf.stack(tf.meshgrid(*parts, indexing="ij"))


def of_one_dtype(values):
    """The values as tensors of the dtype that they have together."""
    values = [asarray(value) for value in values]
    dtype = np.result_type(*(value.dtype.as_numpy_dtype for value in values))
    return [tf.cast(value, dtype) for value in values]


def same_dtype(*tensors):
    """Tensors in the dtype that all promote to in NumPy."""
    return of_one_dtype(tensors)


def concat_parts(parts, /):
    """Numbers, sequences and vectors in one vector."""
    return tf.concat([flat(part) for part in of_one_dtype(parts)], axis=0)


def stack_columns(parts, /):
    """Vectors and matrices as the columns of a matrix."""
    parts = of_one_dtype(parts)
    return tf.concat([part[:, None] if len(part.shape) < 2 else part for part in parts], axis=1)


def core_ranks(signature):
    """How many axes each argument keeps by a signature such as ``(n),(n)->()``."""
    arguments = re.findall(r"\(([^)]*)\)", signature.partition("->")[0])
    return [len(re.findall(r"\w+", names)) for names in arguments]


def vectorize(function, /, *, signature=None):
    """A function of numbers, or of tensors of the axes that the signature names, called once per element."""

    def mapped(*values):
        values = [asarray(value) for value in values]
        ranks = [0] * len(values) if signature is None else core_ranks(signature)
        cuts = [len(value.shape) - rank for value, rank in zip(values, ranks, strict=True)]
        shape = np.broadcast_shapes(*(value.shape[:cut] for value, cut in zip(values, cuts)))
        cores = [list(value.shape[cut:]) for value, cut in zip(values, cuts)]
        rows = [
            tf.unstack(tf.reshape(tf.broadcast_to(value, [*shape, *core]), [-1, *core]))
            for value, core in zip(values, cores)
        ]
        results = tf.stack([asarray(function(*each)) for each in zip(*rows)])
        return tf.reshape(results, [*shape, *results.shape[1:]])

    return mapped


def apply_along_axis(function, axis, x, /):
    """A function of vectors applied to each vector along the axis."""
    moved = keras.ops.moveaxis(x, axis, -1)
    rows = tf.unstack(tf.reshape(moved, [-1, moved.shape[-1]]))
    results = tf.stack([asarray(function(row)) for row in rows])
    results = tf.reshape(results, moved.shape[:-1] + results.shape[1:])
    return keras.ops.moveaxis(results, -1, axis) if len(results.shape) == len(x.shape) else results


def append(x, values, /, *, axis=None):
    """x with the values behind it; both flattened when there is no axis."""
    x, values = of_one_dtype((x, values))
    return tf.concat((flat(x), flat(values)), 0) if axis is None else tf.concat((x, values), axis)


def delete(x, index, /, *, axis=None):
    """x without the slices at an index, a slice, a list of indices or a mask."""
    x, axis = (flat(x), 0) if axis is None else (x, axis)
    keep = np.ones(x.shape[axis], dtype=bool)
    keep[index if isinstance(index, (int, slice)) else np.asarray(index)] = False
    return tf.gather(x, np.flatnonzero(keep), axis=axis)


def insert(x, index, values, /, *, axis=None):
    """x with values put before an index."""
    x, axis = (flat(x), 0) if axis is None else (x, axis)
    x = keras.ops.moveaxis(x, axis, 0)
    rows = tf.cast(asarray(values), x.dtype)
    if not isinstance(index, int):
        return keras.ops.moveaxis(inserted(x, np.ravel(index), rows), 0, axis)
    index = index + len(x) if index < 0 else index
    if len(x.shape) > 1 or len(rows.shape) == 0:
        rows = tf.broadcast_to(rows, x.shape[1:])[None]
    return keras.ops.moveaxis(tf.concat((x[:index], rows, x[index:]), 0), 0, axis)


def inserted(x, index, values):
    """x with a row of values before each row of the index."""
    index = np.where(index < 0, index + len(x), index)
    rows = tf.broadcast_to(values, (len(index), *x.shape[1:]))
    order = np.argsort(np.concatenate((index, np.arange(len(x)))), kind="stable")
    return tf.gather(tf.concat((rows, x), 0), order)


def block(arrays, /):
    """Nested lists of tensors put together, the innermost along the last axis; new axes come first."""
    depth, leaves = nested_depth(arrays), iter(of_one_dtype(leaves_of(arrays)))
    rank = max(depth, *(len(asarray(leaf).shape) for leaf in leaves_of(arrays)))

    def joined(item, axis):
        if isinstance(item, list):
            return tf.concat([joined(part, axis + 1) for part in item], axis)
        x = next(leaves)
        return x[(None,) * (rank - len(x.shape)) + (...,)]

    return joined(arrays, -depth)


def sliding_windows(x, window_shape, axis=None, /):
    """Windows that slide along axes (None: all), whose sizes are new axes at the end."""
    x = asarray(x)
    rank = len(x.shape)
    sizes = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    axes = range(rank) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(sizes) != len(axes):
        raise ValueError(f"sizes {sizes} of windows for axes {tuple(axes)}")
    for size, at in zip(sizes, [at % rank for at in axes], strict=True):
        starts = tf.range(tf.shape(x)[at] - size + 1)
        x = keras.ops.moveaxis(tf.gather(x, starts[:, None] + tf.range(size), axis=at), at + 1, -1)
    return x


def resize(x, shape, /):
    """The elements, repeated as often as needed, in another shape."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    x = flat(x)
    return tf.reshape(tf.gather(x, tf.range(math.prod(shape)) % len(x)), shape)


def rollaxis(x, axis, start=0, /):
    """x with an axis moved before another."""
    rank = len(x.shape)
    axis, start = axis % rank, start + rank if start < 0 else start
    return keras.ops.moveaxis(x, axis, start - 1 if axis < start else start)


def hsplit(x, sections, /):
    """Parts along the second axis, along the first of a vector: so many equal ones, or cut at these places."""
    return split_at_or_into(x, sections, axis=1 if len(x.shape) > 1 else 0)


def vsplit(x, sections, /):
    """Parts along the first axis: so many equal ones, or cut at these places."""
    return split_at_or_into(x, sections)


def trim_zeros(x, /, *, trim="fb"):
    """A vector without the zeros at its front (f) and back (b)."""
    x = asarray(x)
    places = tf.where(x != 0)[:, 0]
    if len(places) == 0:
        return x[:0]
    first = int(places[0]) if "f" in trim.lower() else 0
    last = int(places[-1]) + 1 if "b" in trim.lower() else len(x)
    return x[first:last]


def pad_axes(x, pad_width, /, *, mode="constant", constant_values=0):
    """x with so many elements before and after it on each axis: one number, one pair, or a pair per axis."""
    x = asarray(x)
    widths = np.broadcast_to(pad_width, (len(x.shape), 2))
    if mode == "constant":
        return tf.pad(x, widths, constant_values=tf.cast(constant_values, x.dtype))
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise NotImplementedError(f"padding mode {mode!r}")
    for axis, width in enumerate(widths):
        places = np.pad(np.arange(x.shape[axis]), tuple(width), mode=mode)
        x = tf.gather(x, places, axis=axis)
    return x


def average(x, /, *, axis=None, weights=None, keepdims=False):
    """Weighted mean."""
    x = as_float(x)
    if weights is None:
        return tf.reduce_mean(x, axis=axis, keepdims=keepdims)
    x, weights = of_one_dtype((x, weights))
    if axis is not None and len(weights.shape) == 1 and len(x.shape) > 1:
        weights = tf.reshape(weights, [-1 if a == axis % len(x.shape) else 1 for a in range(len(x.shape))])
    total = tf.reduce_sum(tf.broadcast_to(weights, x.shape), axis=axis, keepdims=keepdims)
    return tf.reduce_sum(x * weights, axis=axis, keepdims=keepdims) / total


def joined_rows(x, y):
    """The rows of x and of y in one matrix."""
    return tf.concat([value[None] if len(value.shape) < 2 else value for value in of_one_dtype((x, y))], axis=0)


def cov_pair(x, y, /, *, correction=1):
    """Covariance matrix of the variables in the rows of x and then of y."""
    rows = joined_rows(x, y)
    rows -= tf.reduce_mean(rows, axis=1, keepdims=True)
    return rows @ tf.math.conj(tf.transpose(rows)) / (rows.shape[1] - correction)


def corrcoef_pair(x, y, /):
    """Correlation matrix of the variables in the rows of x and then of y."""
    matrix = cov_pair(x, y)
    scale = tf.sqrt(tf.linalg.diag_part(matrix))
    return matrix / scale[:, None] / scale


def quantile_of(x, q, axis, keepdims, method="linear"):
    """Quantiles along an axis in the dtype of x, interpolated by a method; NaN where x has one."""
    if method not in ("linear", "lower", "higher", "nearest", "midpoint"):
        raise NotImplementedError(f"quantiles by the method {method!r}")
    rank = len(x.shape)
    axes = list(range(rank)) if axis is None else [a % rank for a in np.atleast_1d(axis)]
    kept = [size for a, size in enumerate(x.shape) if a not in axes]
    moved = tf.transpose(x, [a for a in range(rank) if a not in axes] + axes)
    rows = tf.sort(tf.reshape(moved, [*kept, -1]), axis=-1)
    place = tf.cast(q, x.dtype) * tf.cast(rows.shape[-1] - 1, x.dtype)
    if method == "midpoint":
        place = (tf.floor(place) + tf.math.ceil(place)) / 2
    elif method != "linear":
        place = {"lower": tf.floor, "higher": tf.math.ceil, "nearest": tf.round}[method](place)
    low = tf.cast(tf.floor(place), tf.int64)
    high = tf.minimum(low + 1, rows.shape[-1] - 1)
    share = place - tf.floor(place)
    result = tf.gather(rows, low, axis=-1) * (1 - share) + tf.gather(rows, high, axis=-1) * share
    missing = tf.reduce_any(tf.math.is_nan(rows), axis=-1)
    if len(q.shape):
        result, missing = keras.ops.moveaxis(result, -1, 0), missing[None]
    result = tf.where(missing, tf.constant(math.nan, x.dtype), result)
    shape = [1 if a in axes else size for a, size in enumerate(x.shape)] if keepdims else kept
    return tf.reshape(result, [*q.shape, *shape])


def quantile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """Quantiles along an axis with linear interpolation, in the dtype of x."""
    return quantile_of(as_float(x), asarray(q), axis, keepdims, method)


def percentile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """Percentiles, interpolated by a method: linear, lower, higher, nearest or midpoint."""
    return quantile_of(as_float(x), as_float(q) / 100, axis, keepdims, method)


def nanpercentile(x, q, /, *, axis=None, keepdims=False):
    """Percentiles of the elements that are not NaN, with linear interpolation."""
    return tf.convert_to_tensor(np.nanpercentile(x, np.asarray(q), axis=axis, keepdims=keepdims))


def nanmedian(x, /, *, axis=None, keepdims=False):
    """Median of the elements that are not NaN, the mean of the middle two for an even count."""
    return nanpercentile(x, 50.0, axis=axis, keepdims=keepdims)


def nanmax(x, /, *, axis=None, keepdims=False):
    """Largest element that is not NaN; NaN where there is none."""
    missing = tf.math.is_nan(x)
    result = tf.reduce_max(tf.where(missing, tf.constant(-math.inf, x.dtype), x), axis=axis, keepdims=keepdims)
    empty = tf.reduce_all(missing, axis=axis, keepdims=keepdims)
    return tf.where(empty, tf.constant(math.nan, x.dtype), result)


def nanmin(x, /, *, axis=None, keepdims=False):
    """Smallest element that is not NaN; NaN where there is none."""
    return -nanmax(-x, axis=axis, keepdims=keepdims)


def nanargmax(x, /, *, axis=None):
    """Index of the largest element that is not NaN."""
    x = tf.where(tf.math.is_nan(x), tf.constant(-math.inf, x.dtype), x)
    return tf.argmax(flat(x)) if axis is None else tf.argmax(x, axis)


def nanargmin(x, /, *, axis=None):
    """Index of the smallest element that is not NaN."""
    return nanargmax(-x, axis=axis)


def nancumsum(x, /, *, axis=None):
    """Running sum with NaN taken for zero."""
    x = tf.where(tf.math.is_nan(x), tf.zeros_like(x), x)
    return tf.cumsum(flat(x)) if axis is None else tf.cumsum(x, axis)


def nanvar(x, /, *, axis=None, correction=0, keepdims=False):
    """Variance of the elements that are not NaN."""
    missing = tf.math.is_nan(x)
    known = tf.where(missing, tf.zeros_like(x), x)
    count = tf.reduce_sum(tf.cast(~missing, x.dtype), axis=axis, keepdims=True)
    mean = tf.reduce_sum(known, axis=axis, keepdims=True) / count
    squares = tf.where(missing, tf.zeros_like(x), (x - mean) ** 2)
    count = tf.reduce_sum(tf.cast(~missing, x.dtype), axis=axis, keepdims=keepdims)
    return tf.reduce_sum(squares, axis=axis, keepdims=keepdims) / (count - correction)


def nanstd(x, /, *, axis=None, correction=0, keepdims=False):
    """Standard deviation of the elements that are not NaN."""
    return tf.sqrt(nanvar(x, axis=axis, correction=correction, keepdims=keepdims))


def cumulative_max(x, /, *, axis=0):
    """Largest element so far along an axis."""
    return tf.convert_to_tensor(np.maximum.accumulate(x, axis))


def cumulative_min(x, /, *, axis=0):
    """Smallest element so far along an axis."""
    return tf.convert_to_tensor(np.minimum.accumulate(x, axis))


def histogram(x, /, bins=10, range=None, *, density=False, weights=None):
    """Counts (or densities) in bins, whose last is closed on both sides, and the edges of the bins."""
    x = flat(as_float(x))
    if isinstance(bins, int):
        low, high = (tf.reduce_min(x), tf.reduce_max(x)) if range is None else (tf.cast(r, x.dtype) for r in range)
        low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
        edges = tf.linspace(low, high, bins + 1)
    else:
        edges = tf.cast(asarray(bins), x.dtype)
    inside = (x >= edges[0]) & (x <= edges[-1])
    place = tf.searchsorted(edges, x[inside], side="right", out_type=tf.int64) - 1
    place = tf.minimum(place, len(edges) - 2)
    ones = tf.ones_like(place) if weights is None else flat(weights)[inside]
    counts = tf.math.unsorted_segment_sum(ones, place, len(edges) - 1)
    if density:
        counts = tf.cast(counts, x.dtype)
        counts = counts / tf.reduce_sum(counts) / (edges[1:] - edges[:-1])
    return counts, edges


def digitize(x, bins, /, *, right=False):
    """The number of the bin of each element; the bins are monotonic, and closed on the left unless right is true."""
    x, bins = of_one_dtype((x, bins))
    if len(bins) > 1 and bins[0] > bins[-1]:
        return len(bins) - sorted_places(tf.reverse(bins, [0]), x, not right)
    return sorted_places(bins, x, not right)


def sorted_places(values, x, right):
    """Where to insert x into sorted values."""
    found = tf.searchsorted(values, flat(x), side="right" if right else "left", out_type=tf.int64)
    return tf.reshape(found, x.shape)


def interp(x, xp, fp, /, *, left=None, right=None):
    """Values at x of the line through the points (xp, fp), xp increasing; beyond the ends left and right."""
    x, xp, fp = of_one_dtype((as_float(x), xp, fp))
    place = tf.clip_by_value(sorted_places(xp, x, True), 1, len(xp) - 1)
    x0, y0, x1, y1 = (tf.gather(values, index) for index in (place - 1, place) for values in (xp, fp))
    result = y0 + (y1 - y0) / (x1 - x0) * (x - x0)
    left, right = (tf.cast(fp[end] if value is None else value, x.dtype) for value, end in ((left, 0), (right, -1)))
    return tf.where(x < xp[0], left, tf.where(x > xp[-1], right, tf.where(x == xp[-1], fp[-1], result)))


def in_set(values, others):
    """Whether each value is among the others."""
    return tf.reduce_any(values[:, None] == others[None], axis=1)


def union1d(x1, x2, /):
    """The sorted values that are in either tensor."""
    x1, x2 = of_one_dtype((x1, x2))
    return unique(tf.concat([flat(x1), flat(x2)], axis=0))


def intersect1d(x1, x2, /):
    """The sorted values that are in both tensors."""
    x1, x2 = of_one_dtype((x1, x2))
    found = unique(x1)
    return found[in_set(found, flat(x2))]


def setdiff1d(x1, x2, /):
    """The sorted values of x1 that are not in x2."""
    x1, x2 = of_one_dtype((x1, x2))
    found = unique(x1)
    return found[~in_set(found, flat(x2))]


def unique_with_index(x, /, *, return_inverse=False, return_counts=False):
    """Sorted values, the index of the first of each in the flattened tensor, and inverse and counts as asked."""
    values, inverse, counts = unique(x, return_inverse=True, return_counts=True)
    order = tf.argsort(flat(inverse), stable=True)
    first = tf.cast(tf.gather(order, tf.cumsum(counts) - counts), tf.int64)
    return (values, first, *([inverse] if return_inverse else []), *([counts] if return_counts else []))


def lexsort(keys, /):
    """Indices that sort by several keys, the last of which counts most."""
    order = tf.range(len(keys[0]), dtype=tf.int64)
    for key in keys:
        order = tf.gather(order, tf.argsort(tf.gather(asarray(key), order), stable=True))
    return order


def choose(index, choices, /):
    """From the tensor whose number index states, element by element."""
    choices = of_one_dtype(choices)
    result = choices[0]
    for number, choice in enumerate(choices[1:], 1):
        result = tf.where(asarray(index) == number, choice, result)
    return result


def compress(condition, x, /, *, axis=None):
    """The slices along the axis at which the condition holds; of the flattened tensor when there is no axis."""
    x, axis = (flat(x), 0) if axis is None else (x, axis)
    return tf.gather(x, tf.where(asarray(condition))[:, 0], axis=axis)


def extract(condition, x, /):
    """The elements at which the condition holds."""
    return flat(x)[flat(condition) != tf.zeros((), asarray(condition).dtype)]


def flatnonzero(x, /):
    """Indices of the elements of the flattened tensor that are not zero."""
    return tf.where(flat(x))[:, 0]


def pick_by_condition(conditions, choices, default=0, /):
    """Each element from the choice of the first condition that holds, the default where none does."""
    *choices, result = of_one_dtype([*choices, default])
    for condition, choice in zip(reversed(conditions), reversed(choices)):
        result = tf.where(condition, choice, result)
    return result


def piecewise(x, conditions, functions, /):
    """A function, or number, per condition; one more stands for where none holds, else 0."""
    result = tf.zeros_like(x)
    if len(functions) == len(conditions) + 1:
        rest = ~tf.reduce_any(tf.stack(list(conditions)), axis=0)
        conditions = [*conditions, rest]
    for condition, function in zip(conditions, functions):
        value = function(x[condition]) if callable(function) else function
        result = setitem(result, condition, value)
    return result


def ravel_multi_index(indices, shape, /):
    """Index into the flattened tensor for one index per axis."""
    place = 0
    for index, size in zip(indices, shape):
        place = place * size + index
    return place


def unravel_index(indices, shape, /):
    """One index per axis for an index into the flattened tensor."""
    place, found = asarray(indices), []
    for size in reversed(tuple(shape)):
        found.append(place % size)
        place = place // size
    return tuple(reversed(found))


def isscalar(x, /):
    """Whether the value is a number, a tensor without axes or a string."""
    return isinstance(x, (bool, int, float, complex, str)) or isinstance(x, tf.Tensor) and x.shape.rank == 0


def gradient(x, /, *spacing, axis=None):
    """Central differences inside and one-sided ones at the ends, per axis; a list when there are several axes."""
    x = as_float(x)
    axes = range(len(x.shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    found = [slope_along(x, step, a) for a, step in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else found


def slope_along(x, spacing, axis):
    """The gradient along one axis; spacing is a distance or the coordinates of the points."""
    x = keras.ops.moveaxis(x, axis, 0)
    points = tf.cast(asarray(spacing), x.dtype)
    if len(points.shape) == 0:
        points = points * tf.range(len(x), dtype=x.dtype)
    steps = tf.reshape(points[1:] - points[:-1], [-1] + [1] * (len(x.shape) - 1))
    slopes = (x[1:] - x[:-1]) / steps
    before, after = steps[:-1], steps[1:]
    inner = (slopes[:-1] * after + slopes[1:] * before) / (before + after)
    return keras.ops.moveaxis(tf.concat([slopes[:1], inner, slopes[-1:]], axis=0), 0, axis)


def convolve(x1, x2, /, *, mode="full"):
    """Discrete convolution of two vectors."""
    x1, x2 = of_one_dtype((x1, x2))
    x1, x2 = (x1, x2) if len(x1) >= len(x2) else (x2, x1)
    padded = tf.pad(x1, [[len(x2) - 1, len(x2) - 1]])
    count = len(x1) + len(x2) - 1
    windows = tf.gather(padded, np.arange(count)[:, None] + np.arange(len(x2)))
    result = tf.reduce_sum(windows * tf.reverse(x2, [0]), axis=1)
    if mode == "full":
        return result
    start = len(x2) - 1 if mode == "valid" else (len(x2) - 1) // 2
    return result[start : start + (len(x1) - len(x2) + 1 if mode == "valid" else len(x1))]


def correlate(x1, x2, /, *, mode="valid"):
    """Cross-correlation of two vectors, the second conjugated."""
    x1, x2 = of_one_dtype((x1, x2))
    x2 = tf.reverse(tf.math.conj(x2), [0])
    if mode == "full" or len(x1) >= len(x2):
        return convolve(x1, x2, mode=mode)
    full = convolve(x1, x2)
    if mode == "valid":
        return full[len(x1) - 1 : len(x2)]
    start = len(full) - len(x2) - (len(x1) - 1) // 2
    return full[start : start + len(x2)]


def polyval(coefficients, x, /):
    """Value of a polynomial, highest power first."""
    coefficients, x = of_one_dtype((coefficients, x))
    result = tf.zeros_like(x)
    for coefficient in tf.unstack(coefficients):
        result = result * x + coefficient
    return result


def polyfit(x, y, degree, /):
    """Coefficients of the polynomial of least squares, highest power first."""
    x, y = of_one_dtype((as_float(x), as_float(y)))
    powers = x[:, None] ** tf.range(degree, -1, -1, dtype=x.dtype)
    scale = tf.sqrt(tf.reduce_sum(powers**2, axis=0))
    columns = y[:, None] if len(y.shape) == 1 else y
    solution = tf.linalg.pinv(powers / scale) @ columns / scale[:, None]
    return solution[:, 0] if len(y.shape) == 1 else solution


def roots(coefficients, /):
    """Roots of a polynomial, highest power first."""
    return tf.convert_to_tensor(np.roots(as_float(coefficients)))


def vander_matrix(x, N=None, /, *, increasing=False):
    """Powers of a vector in columns."""
    powers = tf.range(len(x) if N is None else N, dtype=x.dtype)
    return x[:, None] ** (powers if increasing else tf.reverse(powers, [0]))


def least_squares(x1, x2, /, *, rcond=None):
    """Least squares by singular values: solution, residuals (empty without full rank), rank and singular values."""
    s, u, v = tf.linalg.svd(x1, full_matrices=False)
    cut = np.finfo(s.dtype.as_numpy_dtype).eps * max(x1.shape) if rcond is None else rcond
    kept = s > cut * tf.reduce_max(s)
    inverse = tf.where(kept, 1 / tf.where(kept, s, tf.ones_like(s)), tf.zeros_like(s))
    columns = tf.cast(x2 if len(x2.shape) == 2 else x2[:, None], u.dtype)
    solution = v @ (inverse[:, None] * tf.matmul(u, columns, adjoint_a=True))
    rank = tf.math.count_nonzero(kept)
    full = rank == x1.shape[1] and x1.shape[0] > x1.shape[1]
    residuals = tf.reduce_sum(tf.abs(columns - x1 @ solution) ** 2, axis=0) if full else s[:0]
    return (solution if len(x2.shape) == 2 else solution[:, 0]), residuals, rank, s


def condition_number(x, /, *, p=None):
    """Condition number of matrices: the ratio of the largest singular value to the smallest, or by another norm."""
    if p is None:
        s = tf.linalg.svd(x, compute_uv=False)
        return s[..., 0] / s[..., -1]
    return keras.ops.norm(x, p, axis=(-2, -1)) * keras.ops.norm(tf.linalg.inv(x), p, axis=(-2, -1))


def cosine_window(M, weights):
    """Sum of cosines over a symmetric window of M points, float64."""
    if M < 2:
        return tf.ones([max(M, 0)], tf.float64)
    angle = 2 * math.pi * tf.range(M, dtype=tf.float64) / (M - 1)
    return sum(weight * tf.cos(number * angle) for number, weight in enumerate(weights))


def hanning(M, /):
    """Symmetric Hann window, float64."""
    return cosine_window(M, (0.5, -0.5))


def hamming(M, /):
    """Symmetric Hamming window, float64."""
    return cosine_window(M, (0.54, -0.46))


def blackman(M, /):
    """Symmetric Blackman window, float64."""
    return cosine_window(M, (0.42, -0.5, 0.08))


def bartlett(M, /):
    """Triangular window that is zero at both ends, float64."""
    if M < 2:
        return tf.ones([max(M, 0)], tf.float64)
    return 1 - tf.abs(2 * tf.range(M, dtype=tf.float64) / (M - 1) - 1)


def kaiser(M, beta, /):
    """Symmetric Kaiser window, float64."""
    if M < 2:
        return tf.ones([max(M, 0)], tf.float64)
    place = 2 * tf.range(M, dtype=tf.float64) / (M - 1) - 1
    beta = tf.cast(beta, tf.float64)
    return tf.math.bessel_i0(beta * tf.sqrt(tf.maximum(1 - place**2, 0))) / tf.math.bessel_i0(beta)


def ediff1d(x, /):
    """Differences of neighbours in the flattened tensor."""
    x = flat(x)
    return x[1:] - x[:-1]


def diagflat(x, /, *, k=0):
    """Matrix with the flattened tensor on a diagonal."""
    return tf.linalg.diag(flat(x), k=k)


def ptp(x, /, *, axis=None, keepdims=False):
    """Largest element less the smallest."""
    return tf.reduce_max(x, axis, keepdims=keepdims) - tf.reduce_min(x, axis, keepdims=keepdims)


def where_number(condition, x1, x2, /):
    """One of two Python numbers per element: int64 for integers, float64 when one is a float."""
    x1, x2 = of_one_dtype((x1, x2))
    return tf.where(condition, x1, x2)


def compared(x1, x2, compare):
    """Complex numbers compared by their real parts, and by the others where these are equal."""
    x1, x2 = (tf.cast(x, tf.complex128) for x in (x1, x2))
    real, imaginary = (compare(part(x1), part(x2)) for part in (tf.math.real, tf.math.imag))
    return tf.where(tf.math.real(x1) == tf.math.real(x2), imaginary, real)


def at_places(x, index):
    """Where the elements that an index picks stand: a row of indices into the axes of x for each."""
    positions = getitem(tf.reshape(tf.range(tf.size(x)), x.shape), index)
    rows = tf.transpose(tf.unravel_index(tf.reshape(positions, [-1]), x.shape))
    return tf.reshape(rows, (*positions.shape, len(x.shape)))


def values_for(x, places, values):
    """The values in the shape of what the places pick of x."""
    return tf.broadcast_to(tf.cast(asarray(values), x.dtype), places.shape[:-1] + x.shape[places.shape[-1] :])


def add_at(x, index, values, /):
    """x with the values added at an index; each repetition of an index counts."""
    places = at_places(x, index)
    return tf.tensor_scatter_nd_add(x, places, values_for(x, places, values))


def subtract_at(x, index, values, /):
    """x with the values subtracted at an index; each repetition of an index counts."""
    places = at_places(x, index)
    return tf.tensor_scatter_nd_sub(x, places, values_for(x, places, values))


def maximum_at(x, index, values, /):
    """x with the larger of element and value at an index."""
    places = at_places(x, index)
    return tf.tensor_scatter_nd_max(x, places, values_for(x, places, values))


def minimum_at(x, index, values, /):
    """x with the smaller of element and value at an index."""
    places = at_places(x, index)
    return tf.tensor_scatter_nd_min(x, places, values_for(x, places, values))


def rfftfreq_wide(n, /, *, d=1.0):
    """Frequencies of the real discrete Fourier transform, float64."""
    return tf.range(n // 2 + 1, dtype=tf.float64) / (n * d)


def fftfreq_wide(n, /, *, d=1.0):
    """Frequencies of the discrete Fourier transform, float64."""
    places = tf.concat([tf.range((n + 1) // 2), tf.range(-(n // 2), 0)], axis=0)
    return tf.cast(places, tf.float64) / (n * d)


def product(x1, x2):
    """x1 * x2 in the dtype that both promote to; of two masks the places that are in both."""
    if {tf.convert_to_tensor(x).dtype for x in (x1, x2)} == {tf.bool}:
        return tf.logical_and(x1, x2)
    return keras.ops.multiply(x1, x2)


def cho_factor(x, /, lower=False):
    """The Cholesky factor of positive definite matrices and whether it is the lower one."""
    factor = tf.linalg.cholesky(x)
    return (factor if lower else tf.linalg.adjoint(factor)), lower


def cho_solve(factor, x, /):
    """The solution of A @ y = x, given what `cho_factor` made of A; x may be a vector."""
    matrix, lower = factor
    matrix = matrix if lower else tf.linalg.adjoint(matrix)
    if x.shape.rank == 1:
        return tf.linalg.cholesky_solve(matrix, x[:, None])[:, 0]
    return tf.linalg.cholesky_solve(matrix, x)


def linspace_along(start, stop, num, /, *, endpoint=True, dtype=None, axis=0):
    """Evenly spaced numbers between the elements of two tensors, along a new axis; float32 of numbers."""
    given = [n.dtype for n in (start, stop) if tf.is_tensor(n) and n.dtype.is_floating]
    dtype = dtype or max(given, key=lambda dtype: dtype.size, default=tf.float32)
    start, stop = tf.cast(start, dtype), tf.cast(stop, dtype)
    share = tf.range(num, dtype=start.dtype) / max(num - 1 if endpoint else num, 1)
    axis = axis % (max(start.shape.rank, stop.shape.rank) + 1)
    places = tf.zeros_like(start + stop)
    share = tf.reshape(share, [-1, *[1] * places.shape.rank])
    spread = start * (1 - share) + stop * share
    order = list(range(1, spread.shape.rank))
    return tf.transpose(spread, [*order[:axis], 0, *order[axis:]])


def scaled_or_product(x1, x2):
    """NumPy's dot: the product along the last axis of one and the last but one of the other, or with a number."""
    if not all(tf.is_tensor(x) and x.shape.rank for x in (x1, x2)):
        return x1 * x2
    return tf.tensordot(x1, x2, [[-1], [max(x2.shape.rank - 2, 0)]])


def full_of_value(shape, fill_value, /):
    """An array filled with a number, in NumPy's dtype of it, or with the elements of an array."""
    kinds = {bool: tf.bool, int: tf.int64, float: tf.float64, complex: tf.complex128}
    value = tf.convert_to_tensor(fill_value, kinds.get(type(fill_value)))
    return tf.broadcast_to(value, (shape,) if isinstance(shape, int) else shape)


def unique_with_nan(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Sorted distinct elements, of which NaN is one, or slices along an axis."""
    x = asarray(x)
    if axis is not None or not x.dtype.is_floating:
        return unique(x, return_inverse=return_inverse, return_counts=return_counts, axis=axis)
    missing = tf.math.is_nan(x)
    values, places, counts = unique(x[~missing], return_inverse=True, return_counts=True)
    total = tf.reduce_sum(tf.cast(missing, counts.dtype))
    extra = [tf.minimum(total, 1)]
    values = tf.concat([values, tf.fill(extra, tf.cast(np.nan, x.dtype))], axis=0)
    counts = tf.concat([counts, tf.fill(extra, total)], axis=0)
    last = tf.fill(tf.shape(x), tf.size(values, places.dtype) - 1)
    inverse = tf.tensor_scatter_nd_update(last, tf.where(~missing), places)
    results = [values, *([inverse] if return_inverse else []), *([counts] if return_counts else [])]
    return tuple(results) if len(results) > 1 else values


def ndenumerate(x, /):
    """Pairs of an index and the element there, row by row."""
    x = asarray(x)
    return ((index, x[index]) for index in ndindex(*x.shape))


def ndindex(*shape):
    """The indices of an array of a shape, row by row; the sizes are given one by one or together."""
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    return itertools.product(*map(range, shape))
