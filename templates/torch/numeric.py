"""What NumPy has beyond the Array API: sets, polynomials, statistics of data, editing, padding."""

import itertools
import math
import re

import torch

from .creation import asarray
from .nests import leaves_of, nested_depth
from .shape import split_at_or_into


def as_float(x):
    """x as a tensor of floats: Python numbers and integers become float64."""
    x = asarray(x)
    return x if x.is_floating_point() or x.is_complex() else x.to(torch.float64)


def add_outer(x1, x2, /):
    """The sum of every element of x1 with every element of x2."""
    return x1.reshape(x1.shape + (1,) * x2.ndim) + x2


def subtract_outer(x1, x2, /):
    """Every element of x1 less every element of x2."""
    return x1.reshape(x1.shape + (1,) * x2.ndim) - x2


def multiply_outer(x1, x2, /):
    """The product of every element of x1 with every element of x2."""
    return x1.reshape(x1.shape + (1,) * x2.ndim) * x2


def arange_wide(start, stop=None, step=1, /):
    """Evenly spaced values: int64 for integers, else float64."""
    start, stop = (0, start) if stop is None else (start, stop)
    floating = any(asarray(number).is_floating_point() for number in (start, stop, step))
    return torch.arange(start, stop, step, dtype=torch.float64 if floating else torch.int64)


def full_wide(shape, fill_value, /):
    """Tensor of one value: a Python float makes it float64."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return asarray(fill_value).expand(shape).clone()


def linspace_open(start, stop, num, /, *, dtype=None):
    """Evenly spaced numbers without the end."""
    return torch.linspace(start, stop, num + 1, dtype=dtype)[:-1]


def geomspace(start, stop, num=50, /):
    """Numbers with equal ratios, both ends included, float64."""
    steps = torch.linspace(0, 1, num, dtype=torch.float64)
    inner = start * (stop / start) ** steps
    inner[:1], inner[1:][-1:] = start, stop
    return inner


def eye_diagonal(n_rows, n_cols=None, /, *, k=0, dtype=None):
    """Ones on a diagonal, zeros elsewhere."""
    rows, cols = torch.arange(n_rows), torch.arange(n_rows if n_cols is None else n_cols)
    return (cols[None] - rows[:, None] == k).to(dtype)


def indices(dimensions, /):
    """The coordinates of a grid, one tensor per axis, stacked."""
    return torch.stack(torch.meshgrid(*map(torch.arange, dimensions), indexing="ij"))


def fromfunction(function, shape, /):
    """A function of the coordinates, called once with a float64 tensor for each axis."""
    return function(*indices(shape).to(torch.float64))


def ix_(*arrays):
    """Index tensors that pick the cross product of rows and columns."""
    found = []
    for position, array in enumerate(arrays):
        array = asarray(array)
        whole = not array.is_floating_point() or not len(array)
        index = array.to(torch.int64) if whole else array
        index = torch.nonzero(array)[:, 0] if array.dtype == torch.bool else index
        found.append(index.reshape([-1 if axis == position else 1 for axis in range(len(arrays))]))
    return tuple(found)


def core_ranks(signature):
    """How many axes each argument keeps by a signature such as ``(n),(n)->()``."""
    arguments = re.findall(r"\(([^)]*)\)", signature.partition("->")[0])
    return [len(re.findall(r"\w+", names)) for names in arguments]


def vectorize(function, /, *, signature=None):
    """A function of numbers, or of tensors of the axes that the signature names, called once per element."""

    def mapped(*values):
        values = [asarray(value) for value in values]
        ranks = [0] * len(values) if signature is None else core_ranks(signature)
        cuts = [value.ndim - rank for value, rank in zip(values, ranks, strict=True)]
        shape = torch.broadcast_shapes(*(value.shape[:cut] for value, cut in zip(values, cuts)))
        rows = [
            value.expand(shape + value.shape[cut:]).reshape(-1, *value.shape[cut:])
            for value, cut in zip(values, cuts)
        ]
        results = torch.stack([asarray(function(*each)) for each in zip(*rows)])
        return results.reshape(shape + results.shape[1:])

    return mapped


def apply_along_axis(function, axis, x, /):
    """A function of vectors applied to each vector along the axis."""
    moved = torch.movedim(x, axis, -1)
    results = torch.stack([asarray(function(row)) for row in moved.reshape(-1, moved.shape[-1])])
    results = results.reshape(moved.shape[:-1] + results.shape[1:])
    return torch.movedim(results, -1, axis) if results.ndim == x.ndim else results


def append(x, values, /, *, axis=None):
    """x with the values behind it; both flattened when there is no axis."""
    values = asarray(values)
    return torch.cat((x.flatten(), values.flatten())) if axis is None else torch.cat((x, values), dim=axis)


def kept_positions(size, index):
    """The positions along an axis that an int, a slice, integers or a mask do not pick."""
    keep = torch.ones(size, dtype=torch.bool)
    keep[index if isinstance(index, (int, slice)) else asarray(index)] = False
    return torch.nonzero(keep)[:, 0]


def delete(x, index, /, *, axis=None):
    """x without the slices at an index, a slice, a list of indices or a mask."""
    if axis is None:
        x, axis = x.flatten(), 0
    return torch.index_select(x, axis, kept_positions(x.shape[axis], index))


def insert(x, index, values, /, *, axis=None):
    """x with values put before an index."""
    if axis is None:
        x, axis = x.flatten(), 0
    x = torch.movedim(x, axis, 0)
    values = asarray(values).to(x.dtype)
    if not isinstance(index, int):
        return torch.movedim(inserted(x, torch.as_tensor(index).flatten(), values), 0, axis)
    index = index + len(x) if index < 0 else index
    if x.ndim == 1 and values.ndim == 1:
        rows = values
    else:
        rows = values.expand(x.shape[1:])[None]
    return torch.movedim(torch.cat((x[:index], rows, x[index:])), 0, axis)


def inserted(x, index, values):
    """x with a row of values before each row of the index."""
    index = torch.where(index < 0, index + len(x), index)
    rows = values.expand((len(index), *x.shape[1:]))
    order = torch.argsort(torch.cat((index, torch.arange(len(x)))), stable=True)
    return torch.cat((rows, x))[order]


def block(arrays, /):
    """Nested lists of tensors put together, the innermost along the last axis; new axes come first."""
    depth = nested_depth(arrays)
    rank = max(depth, *(asarray(leaf).ndim for leaf in leaves_of(arrays)))

    def joined(item, axis):
        if isinstance(item, list):
            return torch.cat([joined(part, axis + 1) for part in item], dim=axis)
        x = asarray(item)
        return x[(None,) * (rank - x.ndim) + (...,)]

    return joined(arrays, -depth)


def sliding_windows(x, window_shape, axis=None, /):
    """Windows that slide along axes (None: all), whose sizes are new axes at the end."""
    x = asarray(x)
    sizes = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(sizes) != len(axes):
        raise ValueError(f"sizes {sizes} of windows for axes {tuple(axes)}")
    for size, at in zip(sizes, [at % x.ndim for at in axes], strict=True):
        x = x.unfold(at, size, 1)
    return x


def resize(x, shape, /):
    """The elements, repeated as often as needed, in another shape."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    x = asarray(x).flatten()
    return x[torch.arange(math.prod(shape)) % x.numel()].reshape(shape)


def rollaxis(x, axis, start=0, /):
    """x with an axis moved before another."""
    axis, start = axis % x.ndim, start + x.ndim if start < 0 else start
    return torch.movedim(x, axis, start - 1 if axis < start else start)


def hsplit(x, sections, /):
    """Parts along the second axis, along the first of a vector: so many equal ones, or cut at these places."""
    return split_at_or_into(x, sections, axis=1 if x.ndim > 1 else 0)


def vsplit(x, sections, /):
    """Parts along the first axis: so many equal ones, or cut at these places."""
    return split_at_or_into(x, sections)


def trim_zeros(x, /, *, trim="fb"):
    """A vector without the zeros at its front (f) and back (b)."""
    places = torch.nonzero(x)[:, 0]
    if len(places) == 0:
        return x[:0]
    first = int(places[0]) if "f" in trim.lower() else 0
    last = int(places[-1]) + 1 if "b" in trim.lower() else len(x)
    return x[first:last]


def padded_positions(size, before, after, mode):
    """Which element of an axis stands at each place after padding; mode is edge, reflect, symmetric or wrap."""
    places = torch.arange(-before, size + after)
    if mode == "edge":
        return places.clamp(0, size - 1)
    if mode == "wrap":
        return places % size
    if mode not in ("reflect", "symmetric"):
        raise NotImplementedError(f"padding mode {mode!r}")
    if mode == "reflect" and size == 1:
        return torch.zeros_like(places)
    period = 2 * size if mode == "symmetric" else 2 * size - 2
    places = places % period
    return torch.minimum(places, period - int(mode == "symmetric") - places)


def pad_axes(x, pad_width, /, *, mode="constant", constant_values=0):
    """x with so many elements before and after it on each axis: one number, one pair, or a pair per axis."""
    x, width = asarray(x), torch.as_tensor(pad_width).cpu()
    widths = width.reshape(-1, width.shape[-1] if width.ndim else 1).expand(x.ndim, 2).tolist()
    if mode == "constant":
        flat = [size for pair in reversed(widths) for size in pair]
        return torch.nn.functional.pad(x, flat, value=constant_values)
    for axis, (before, after) in enumerate(widths):
        x = torch.index_select(x, axis, padded_positions(x.shape[axis], before, after, mode))
    return x


def average(x, /, *, axis=None, weights=None, keepdims=False):
    """Weighted mean."""
    x = as_float(x)
    if weights is None:
        return x.mean(dim=axis, keepdim=keepdims)
    weights = asarray(weights)
    if axis is not None and weights.ndim == 1 and x.ndim > 1:
        weights = weights.reshape([-1 if a == axis % x.ndim else 1 for a in range(x.ndim)])
    total = torch.sum(weights.expand(x.shape), dim=axis, keepdim=keepdims)
    return torch.sum(x * weights, dim=axis, keepdim=keepdims) / total


def joined_rows(x, y):
    """The rows of x and of y in one matrix."""
    return torch.cat((torch.atleast_2d(x), torch.atleast_2d(y)))


def cov_pair(x, y, /, *, correction=1):
    """Covariance matrix of the variables in the rows of x and then of y."""
    return torch.cov(joined_rows(x, y), correction=correction)


def corrcoef_pair(x, y, /):
    """Correlation matrix of the variables in the rows of x and then of y."""
    return torch.corrcoef(joined_rows(x, y))


def percentile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """Percentiles, interpolated by a method: linear, lower, higher, nearest or midpoint."""
    x = as_float(x)
    return torch.quantile(x, asarray(q).to(x.dtype) / 100, dim=axis, keepdim=keepdims, interpolation=method)


def nanpercentile(x, q, /, *, axis=None, keepdims=False):
    """Percentiles of the elements that are not NaN, with linear interpolation."""
    return torch.nanquantile(x, asarray(q).to(x.dtype) / 100, dim=axis, keepdim=keepdims)


def nanmedian(x, /, *, axis=None, keepdims=False):
    """Median of the elements that are not NaN, the mean of the middle two for an even count."""
    return torch.nanquantile(x, 0.5, dim=axis, keepdim=keepdims)


def nanmax(x, /, *, axis=None, keepdims=False):
    """Largest element that is not NaN; NaN where there is none."""
    missing = torch.isnan(x)
    axes = tuple(range(x.ndim)) if axis is None else axis
    result = torch.amax(torch.where(missing, -math.inf, x), dim=axes, keepdim=keepdims)
    return torch.where(torch.all(missing, dim=axes, keepdim=keepdims), math.nan, result)


def nanmin(x, /, *, axis=None, keepdims=False):
    """Smallest element that is not NaN; NaN where there is none."""
    return -nanmax(-x, axis=axis, keepdims=keepdims)


def nanargmax(x, /, *, axis=None):
    """Index of the largest element that is not NaN."""
    return torch.argmax(torch.where(torch.isnan(x), -math.inf, x), dim=axis)


def nanargmin(x, /, *, axis=None):
    """Index of the smallest element that is not NaN."""
    return torch.argmin(torch.where(torch.isnan(x), math.inf, x), dim=axis)


def nancumsum(x, /, *, axis=None):
    """Running sum with NaN taken for zero."""
    x = torch.where(torch.isnan(x), 0, x)
    return torch.cumsum(x.flatten(), 0) if axis is None else torch.cumsum(x, axis)


def nanvar(x, /, *, axis=None, correction=0, keepdims=False):
    """Variance of the elements that are not NaN."""
    mean = torch.nanmean(x, dim=axis, keepdim=True)
    count = torch.sum(~torch.isnan(x), dim=axis, keepdim=keepdims)
    return torch.nansum((x - mean) ** 2, dim=axis, keepdim=keepdims) / (count - correction)


def nanstd(x, /, *, axis=None, correction=0, keepdims=False):
    """Standard deviation of the elements that are not NaN."""
    return torch.sqrt(nanvar(x, axis=axis, correction=correction, keepdims=keepdims))


def cumulative_max(x, /, *, axis=0):
    """Largest element so far along an axis."""
    return torch.cummax(x, axis).values


def cumulative_min(x, /, *, axis=0):
    """Smallest element so far along an axis."""
    return torch.cummin(x, axis).values


def histogram(x, /, bins=10, range=None, *, density=False, weights=None):
    """Counts (or densities) in bins, whose last is closed on both sides, and the edges of the bins."""
    x = as_float(x).flatten()
    if isinstance(bins, int):
        low, high = (x.min(), x.max()) if range is None else range
        low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
        edges = torch.linspace(low, high, bins + 1, dtype=x.dtype)
    else:
        edges = asarray(bins).to(x.dtype)
    inside = (x >= edges[0]) & (x <= edges[-1])
    place = torch.clamp(torch.searchsorted(edges, x[inside], right=True) - 1, max=len(edges) - 2)
    weights = None if weights is None else asarray(weights).flatten()[inside]
    counts = torch.bincount(place, weights, len(edges) - 1)
    return (counts / counts.sum() / torch.diff(edges) if density else counts), edges


def digitize(x, bins, /, *, right=False):
    """The number of the bin of each element; the bins are monotonic, and closed on the left unless right is true."""
    x, bins = asarray(x), asarray(bins)
    if len(bins) > 1 and bins[0] > bins[-1]:
        return len(bins) - torch.searchsorted(torch.flip(bins, (0,)), x, right=not right)
    return torch.searchsorted(bins, x, right=not right)


def interp(x, xp, fp, /, *, left=None, right=None):
    """Values at x of the line through the points (xp, fp), xp increasing; beyond the ends left and right."""
    x, xp, fp = as_float(x), as_float(xp), as_float(fp)
    place = torch.clamp(torch.searchsorted(xp, x.contiguous(), right=True), 1, len(xp) - 1)
    slope = (fp[place] - fp[place - 1]) / (xp[place] - xp[place - 1])
    result = fp[place - 1] + slope * (x - xp[place - 1])
    result = torch.where(x < xp[0], fp[0] if left is None else left, result)
    return torch.where(x > xp[-1], fp[-1] if right is None else right, torch.where(x == xp[-1], fp[-1], result))


def union1d(x1, x2, /):
    """The sorted values that are in either tensor."""
    return torch.unique(torch.cat((asarray(x1).flatten(), asarray(x2).flatten())))


def intersect1d(x1, x2, /):
    """The sorted values that are in both tensors."""
    found = torch.unique(asarray(x1))
    return found[torch.isin(found, asarray(x2))]


def setdiff1d(x1, x2, /):
    """The sorted values of x1 that are not in x2."""
    found = torch.unique(asarray(x1))
    return found[torch.isin(found, asarray(x2), invert=True)]


def unique_with_index(x, /, *, return_inverse=False, return_counts=False):
    """Sorted values, the index of the first of each in the flattened tensor, and inverse and counts as asked."""
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True)
    order = torch.argsort(inverse.flatten(), stable=True)
    first = order[torch.cumsum(counts, 0) - counts]
    return (values, first, *([inverse] if return_inverse else []), *([counts] if return_counts else []))


def lexsort(keys, /):
    """Indices that sort by several keys, the last of which counts most."""
    order = torch.arange(len(keys[0]))
    for key in keys:
        order = order[torch.argsort(asarray(key)[order], stable=True)]
    return order


def choose(index, choices, /):
    """From the tensor whose number index states, element by element."""
    choices = torch.stack(torch.broadcast_tensors(*map(asarray, choices)))
    index = asarray(index).expand(choices.shape[1:])
    return torch.gather(choices, 0, index[None])[0]


def compress(condition, x, /, *, axis=None):
    """The slices along the axis at which the condition holds; of the flattened tensor when there is no axis."""
    if axis is None:
        x, axis = x.flatten(), 0
    return torch.index_select(x, axis, torch.nonzero(asarray(condition))[:, 0])


def pick_by_condition(conditions, choices, default=0, /):
    """Each element from the choice of the first condition that holds, the default where none does."""
    result = asarray(default)
    for condition, choice in zip(reversed(conditions), reversed(choices)):
        result = torch.where(condition, choice, result)
    return result


def piecewise(x, conditions, functions, /):
    """A function, or number, per condition; one more stands for where none holds, else 0."""
    result = torch.zeros_like(x)
    if len(functions) == len(conditions) + 1:
        rest = ~torch.stack(list(conditions)).any(dim=0)
        conditions = [*conditions, rest]
    for condition, function in zip(conditions, functions):
        result[condition] = function(x[condition]).to(x.dtype) if callable(function) else function
    return result


def ravel_multi_index(indices, shape, /):
    """Index into the flattened tensor for one index per axis."""
    flat = 0
    for index, size in zip(indices, shape):
        flat = flat * size + index
    return flat


def unravel_index(indices, shape, /):
    """One index per axis for an index into the flattened tensor."""
    return torch.unravel_index(asarray(indices), tuple(shape))


def isscalar(x, /):
    """Whether the value is a number, a tensor without axes or a string."""
    return isinstance(x, (bool, int, float, complex, str)) or isinstance(x, torch.Tensor) and x.ndim == 0


def gradient(x, /, *spacing, axis=None):
    """Central differences inside and one-sided ones at the ends, per axis; a list when there are several axes."""
    x = as_float(x)
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    given = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    steps = [step if isinstance(step, (int, float)) else asarray(step).to(x.dtype) for step in given]
    found = [torch.gradient(x, spacing=(step,), dim=(a,))[0] for a, step in zip(axes, steps, strict=True)]
    return found[0] if len(found) == 1 else found


def convolve(x1, x2, /, *, mode="full"):
    """Discrete convolution of two vectors."""
    x1, x2 = asarray(x1), asarray(x2)
    x1, x2 = (x1, x2) if len(x1) >= len(x2) else (x2, x1)
    dtype = torch.result_type(x1, x2)
    padded = torch.nn.functional.pad(x1.to(dtype), (len(x2) - 1, len(x2) - 1))
    result = padded.unfold(0, len(x2), 1) @ torch.flip(x2.to(dtype), (0,))
    if mode == "full":
        return result
    start = len(x2) - 1 if mode == "valid" else (len(x2) - 1) // 2
    return result[start : start + (len(x1) - len(x2) + 1 if mode == "valid" else len(x1))]


def correlate(x1, x2, /, *, mode="valid"):
    """Cross-correlation of two vectors, the second conjugated."""
    x1, x2 = asarray(x1), torch.flip(asarray(x2).conj(), (0,))
    if mode == "full" or len(x1) >= len(x2):
        return convolve(x1, x2, mode=mode)
    full = convolve(x1, x2)
    if mode == "valid":
        return full[len(x1) - 1 : len(x2)]
    start = len(full) - len(x2) - (len(x1) - 1) // 2
    return full[start : start + len(x2)]


def polyval(coefficients, x, /):
    """Value of a polynomial, highest power first."""
    x = asarray(x)
    result = torch.zeros_like(x)
    for coefficient in asarray(coefficients):
        result = result * x + coefficient
    return result


def polyfit(x, y, degree, /):
    """Coefficients of the polynomial of least squares, highest power first."""
    x, y = as_float(x), as_float(y)
    powers = torch.vander(x, degree + 1)
    scale = torch.sqrt(torch.sum(powers**2, dim=0))
    solution = torch.linalg.pinv(powers / scale) @ y
    return solution / (scale if y.ndim == 1 else scale[:, None])


def roots(coefficients, /):
    """Roots of a polynomial, highest power first."""
    coefficients = trim_zeros(as_float(coefficients), trim="f")
    kept = trim_zeros(coefficients, trim="b")
    companion = torch.diag(torch.ones(len(kept) - 2, dtype=kept.dtype), -1)
    companion[:1] = -kept[1:] / kept[0]
    found = torch.linalg.eigvals(companion)
    found = torch.cat((found, found.new_zeros(len(coefficients) - len(kept))))
    return found.real if torch.all(found.imag == 0) else found


def least_squares(x1, x2, /, *, rcond=None):
    """Least squares by singular values: solution, residuals (empty without full rank), rank and singular values."""
    u, s, vh = torch.linalg.svd(x1, full_matrices=False)
    cut = torch.finfo(s.dtype).eps * max(x1.shape) if rcond is None else rcond
    kept = s > cut * s.max()
    inverse = torch.where(kept, 1 / torch.where(kept, s, 1), 0)
    columns = (x2 if x2.ndim == 2 else x2[:, None]).to(u.dtype)
    solution = vh.mH @ (inverse[:, None] * (u.mH @ columns))
    rank = kept.sum()
    full = rank == x1.shape[1] and x1.shape[0] > x1.shape[1]
    residuals = torch.sum(torch.abs(columns - x1 @ solution) ** 2, dim=0) if full else s[:0]
    return (solution if x2.ndim == 2 else solution[:, 0]), residuals, rank, s


def concat_parts(parts, /):
    """Numbers, sequences and vectors in one vector."""
    return torch.cat([torch.atleast_1d(asarray(part)) for part in parts])


def stack_columns(parts, /):
    """Vectors and matrices as the columns of a matrix."""
    return torch.column_stack([asarray(part) for part in parts])


def dense_grid(parts, /):
    """The coordinates of the points of a grid, stacked; of a single axis the axis itself."""
    return parts[0] if len(parts) == 1 else torch.stack(torch.meshgrid(*parts, indexing="ij"))


def open_grid(parts, /):
    """The axes of a grid in shapes that broadcast to it; a single axis itself."""
    if len(parts) == 1:
        return parts[0]
    return tuple(part[(None,) * at + (...,) + (None,) * (len(parts) - at - 1)] for at, part in enumerate(parts))


def add_at(x, index, values, /):
    """x with the values added at an index; each repetition of an index counts."""
    places = torch.arange(x.numel()).reshape(x.shape)[index]
    values = asarray(values).to(x.dtype).expand(places.shape)
    return x.flatten().index_add(0, places.flatten(), values.flatten()).reshape(x.shape)


def subtract_at(x, index, values, /):
    """x with the values subtracted at an index; each repetition of an index counts."""
    return add_at(x, index, -asarray(values))


def reduced_at(x, index, values, reduce):
    """x with the values combined into the elements at an index of the first axis."""
    values = asarray(values).to(x.dtype).expand(index.shape + x.shape[1:])
    places = index.reshape((-1,) + (1,) * (x.ndim - 1)).expand(values.shape)
    return x.scatter_reduce(0, places, values, reduce)


def maximum_at(x, index, values, /):
    """x with the larger of element and value at an index."""
    return reduced_at(x, index, values, "amax")


def minimum_at(x, index, values, /):
    """x with the smaller of element and value at an index."""
    return reduced_at(x, index, values, "amin")


def multiply_at(x, index, values, /):
    """x with elements multiplied by the values at an index; each repetition of an index counts."""
    return reduced_at(x, index, values, "prod")


def tensordot(x1, x2, /, *, axes=2):
    """Sum of products over pairs of axes: a number of them, or an axis or several of each operand."""
    if not isinstance(axes, int):
        axes = [[each] if isinstance(each, int) else list(each) for each in axes]
    return torch.tensordot(x1, x2, dims=axes)


def where_number(condition, x1, x2, /):
    """One of two Python numbers per element: int64 for integers, float64 when one is a float."""
    return torch.where(condition, asarray(x1), asarray(x2))


def compared(x1, x2, compare):
    """Complex numbers compared by their real parts, and by the others where these are equal."""
    x1, x2 = (torch.as_tensor(x).to(torch.complex128) for x in (x1, x2))
    return torch.where(x1.real == x2.real, compare(x1.imag, x2.imag), compare(x1.real, x2.real))


def reduced(function, x, axes, /, **options):
    """function(x, dim=axes, ...) for a reduction; no axes reduce nothing, where PyTorch takes them for all."""
    if axes in ((), []):
        return function(x.unsqueeze(0), dim=0, **{**options, "keepdim": False})
    return function(x, dim=axes, **options)


def cho_factor(x, /, lower=False):
    """The Cholesky factor of positive definite matrices and whether it is the lower one."""
    return torch.linalg.cholesky(x, upper=not lower), lower


def cho_solve(factor, x, /):
    """The solution of A @ y = x, given what `cho_factor` made of A; x may be a vector."""
    matrix, lower = factor
    if x.ndim == 1:
        return torch.cholesky_solve(x[:, None], matrix, upper=not lower)[:, 0]
    return torch.cholesky_solve(x, matrix, upper=not lower)


def linspace_along(start, stop, num, /, *, endpoint=True, dtype=None, axis=0):
    """Evenly spaced numbers between the elements of two tensors, along a new axis; float32 of numbers."""
    given = [
        n.dtype for n in (start, stop) if isinstance(n, torch.Tensor) and n.is_floating_point()
    ]
    dtype = dtype or (torch.promote_types(given[0], given[-1]) if given else torch.float32)
    start, stop = torch.broadcast_tensors(*(torch.as_tensor(n, dtype=dtype) for n in (start, stop)))
    share = torch.arange(num, dtype=start.dtype) / max(num - 1 if endpoint else num, 1)
    share = share.reshape(-1, *[1] * start.ndim)
    return torch.movedim(start * (1 - share) + stop * share, 0, axis)


def scaled_or_product(x1, x2):
    """NumPy's dot: the product along the last axis of one and the last but one of the other, or with a number."""
    if not all(isinstance(x, torch.Tensor) and x.ndim for x in (x1, x2)):
        return x1 * x2
    kind = torch.result_type(x1, x2)
    return torch.tensordot(x1.to(kind), x2.to(kind), dims=([-1], [max(x2.ndim - 2, 0)]))


def full_of_value(shape, fill_value, /):
    """An array filled with a number, in NumPy's dtype of it, or with the elements of an array."""
    kinds = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}
    value = torch.as_tensor(fill_value, dtype=kinds.get(type(fill_value)))
    return value.expand((shape,) if isinstance(shape, int) else tuple(shape)).clone()


def unique_with_nan(x, /, *, return_inverse=False, return_counts=False, axis=None):
    """Sorted distinct elements, of which NaN is one, or slices along an axis."""
    x = asarray(x)
    if axis is not None or not x.is_floating_point():
        return torch.unique(x, return_inverse=return_inverse, return_counts=return_counts, dim=axis)
    missing = torch.isnan(x)
    values, places, counts = torch.unique(x[~missing], return_inverse=True, return_counts=True)
    if missing.any():
        values = torch.cat([values, values.new_full((1,), torch.nan)])
        counts = torch.cat([counts, missing.sum()[None]])
    inverse = torch.full(x.shape, len(values) - 1)
    inverse[~missing] = places
    results = [values, *([inverse] if return_inverse else []), *([counts] if return_counts else [])]
    return tuple(results) if len(results) > 1 else values


def ndenumerate(x, /):
    """Pairs of an index and the element there, row by row."""
    x = asarray(x)
    return ((index, x[index].clone()) for index in ndindex(*x.shape))


def ndindex(*shape):
    """The indices of an array of a shape, row by row; the sizes are given one by one or together."""
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    return itertools.product(*map(range, shape))
