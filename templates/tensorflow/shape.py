"""Reshaping, joining and splitting of TensorFlow tensors."""

import itertools
import math

import keras
import tensorflow as tf


def shape_of(x, /):
    """Sizes of all axes: ints where they are known, scalar tensors where only the graph knows them."""
    static = x.shape.as_list() if hasattr(x.shape, "as_list") else list(x.shape)
    if None not in static:
        return tuple(static)
    dynamic = tf.shape(x)
    return tuple(dynamic[i] if n is None else n for i, n in enumerate(static))


def size_at(x, axis, /):
    """Size of one axis: an int where it is known, else a scalar tensor."""
    size = x.shape[axis]
    return tf.shape(x)[axis] if size is None else size


def numel(x, /):
    """Number of elements: an int where it is known, else a scalar tensor."""
    return math.prod(shape_of(x))


def as_tuple(value):
    """Tuple of ints from an int or a sequence of ints."""
    return (value,) if isinstance(value, int) else tuple(value)


def bounded_axis(axis, ndim):
    """Axis counted from the front; IndexError when the tensor has no such axis."""
    size = max(ndim, 1)
    if not -size <= axis < size:
        raise IndexError(f"axis {axis} is out of range for a tensor of {ndim} axes")
    return axis % size


def atleast_1d(x, /):
    """Tensor with at least one axis."""
    return tf.reshape(x, [1]) if x.shape.rank == 0 else x


def atleast_2d(x, /):
    """Tensor with at least two axes; new ones come first."""
    x = atleast_1d(x)
    return x[None] if x.shape.rank == 1 else x


def atleast_3d(x, /):
    """Tensor with at least three axes: n becomes (1, n, 1), (m, n) becomes (m, n, 1)."""
    x = atleast_2d(x)
    return x[..., None] if x.shape.rank == 2 else x


def bitcast(x, dtype, /):
    """Read the same bytes as another dtype; the last axis grows or shrinks when item sizes differ."""
    x = tf.convert_to_tensor(x)
    old, new = x.dtype.size, tf.as_dtype(dtype).size
    if new > old:
        x = tf.reshape(x, (*shape_of(x)[:-1], shape_of(x)[-1] * old // new, new // old))
    result = tf.bitcast(x, dtype)
    if new < old:
        result = tf.reshape(result, (*shape_of(x)[:-1], shape_of(x)[-1] * (old // new)))
    return result


def broadcast_shapes(shapes, /):
    """Shape of the result of broadcasting the given shapes."""
    result = tf.TensorShape([])
    for item in shapes:
        result = tf.broadcast_static_shape(result, tf.TensorShape(item))
    return tuple(result.as_list())


def broadcast_arrays(arrays, /):
    """Broadcast tensors against one another."""
    target = tf.shape(arrays[0])
    for array in arrays[1:]:
        target = tf.broadcast_dynamic_shape(target, tf.shape(array))
    return [tf.broadcast_to(array, target) for array in arrays]


def flatten(x, /, *, start_axis=0, end_axis=-1):
    """Merge the axes from start_axis to end_axis, both included, into one."""
    start, end = bounded_axis(start_axis, x.shape.rank), bounded_axis(end_axis, x.shape.rank)
    if start > end:
        raise ValueError(f"flatten: start axis {start_axis} comes after end axis {end_axis}")
    sizes = shape_of(x)
    merged = math.prod(sizes[start : end + 1])
    return tf.reshape(x, (*sizes[:start], merged, *sizes[end + 1 :]))


def unflatten(x, axis, sizes, /):
    """Split one axis into several with the given sizes, of which one may be -1."""
    axis = bounded_axis(axis, x.shape.rank)
    old = shape_of(x)
    sizes = list(sizes)
    if -1 in sizes:
        known = math.prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = old[axis] // known
    if isinstance(old[axis], int) and math.prod(sizes) != old[axis]:
        raise ValueError(f"unflatten: sizes {sizes} do not multiply to {old[axis]}")
    return tf.reshape(x, (*old[:axis], *sizes, *old[axis + 1 :]))


def squeeze_ones(x, axis, /):
    """Drop those of the given axes that have size 1; the others stay."""
    rank = x.shape.rank
    axes = {bounded_axis(a, rank) for a in as_tuple(axis)} if rank else set()
    ones = [a for a in sorted(axes) if x.shape[a] == 1]
    return tf.squeeze(x, ones) if ones else tf.identity(x)


def expand(x, shape, /):
    """Broadcast to a shape in which -1 keeps the size of an existing axis."""
    shape = as_tuple(shape)
    new = len(shape) - x.shape.rank
    kept = []
    for i, size in enumerate(shape):
        keep = isinstance(size, int) and size == -1
        if new < 0 or (keep and i < new):
            raise ValueError(f"expand: shape {shape} does not fit a tensor {x.shape}")
        kept.append(size_at(x, i - new) if keep else size)
    return tf.broadcast_to(x, kept)


def unfold_windows(x, axis, size, step, /):
    """All windows of a size and step along an axis; the window becomes a new last axis."""
    axis = bounded_axis(axis, x.shape.rank)
    windows = tf.signal.frame(x, size, step, axis=axis)
    order = [a for a in range(windows.shape.rank) if a != axis + 1]
    return tf.transpose(windows, [*order, axis + 1])


def roll(x, shift, /, *, axis=None):
    """Shift elements along axes, wrapping around; without an axis over the flattened tensor."""
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), shift, 0), tf.shape(x))
    return tf.roll(x, shift, axis)


def rot90(x, /, *, k=1, axes=(0, 1)):
    """Rotate by k quarter turns in the plane of two axes, from the first towards the second."""
    first, second = (bounded_axis(axis, x.shape.rank) for axis in axes)
    order = list(range(x.shape.rank))
    order[first], order[second] = second, first
    if k % 4 == 1:
        return tf.transpose(tf.reverse(x, [second]), order)
    if k % 4 == 2:
        return tf.reverse(x, [first, second])
    if k % 4 == 3:
        return tf.reverse(tf.transpose(x, order), [second])
    return tf.identity(x)


def vstack(arrays, /):
    """Join along axis 0, after making every tensor at least 2-D."""
    return tf.concat([atleast_2d(array) for array in arrays], axis=0)


def dstack(arrays, /):
    """Join along axis 2, after making every tensor at least 3-D."""
    return tf.concat([atleast_3d(array) for array in arrays], axis=2)


def column_stack(arrays, /):
    """Join along axis 1; tensors of at most one axis become columns."""
    columns = [tf.reshape(a, [-1, 1]) if a.shape.rank < 2 else a for a in arrays]
    return keras.ops.concatenate(columns, axis=1)


def split(x, size_or_sizes, /, *, axis=0):
    """Split into pieces of one size (the last may be smaller) or of the listed sizes."""
    if isinstance(size_or_sizes, int):
        total = x.shape[axis]
        full, rest = divmod(total, size_or_sizes)
        size_or_sizes = [size_or_sizes] * full + [rest] * (rest > 0 or total == 0)
    return tuple(tf.split(x, size_or_sizes, axis=axis))


def chunk(x, chunks, /, *, axis=0):
    """Split into at most this many pieces of equal size; the last may be smaller."""
    return split(x, max(1, -(-x.shape[axis] // chunks)), axis=axis)


def split_at(x, cuts, /, *, axis=0):
    """Split before each of the given positions."""
    total = x.shape[axis]
    ends = [slice(cut).indices(total)[1] for cut in cuts] + [total]
    starts = [0, *ends[:-1]]
    sizes = [max(0, end - start) for start, end in zip(starts, ends)]
    before = [slice(None)] * bounded_axis(axis, x.shape.rank)
    return tuple(x[(*before, slice(s, s + n))] for s, n in zip(starts, sizes))


def array_split(x, sections, /, *, axis=0):
    """Split into exactly this many pieces whose sizes differ by at most one, larger ones first."""
    size, extra = divmod(x.shape[axis], sections)
    return tuple(tf.split(x, [size + 1] * extra + [size] * (sections - extra), axis=axis))


def block_diag(arrays, /):
    """Block-diagonal matrix of the given matrices; vectors are rows."""
    blocks = [atleast_2d(array) for array in arrays]
    width = sum(block.shape[1] for block in blocks)
    rows, left = [], 0
    for block in blocks:
        rows.append(tf.pad(block, [[0, 0], [left, width - left - block.shape[1]]]))
        left += block.shape[1]
    return tf.concat(rows, axis=0)


def cartesian_prod(arrays, /):
    """All combinations of the elements of 1-D tensors, one per row; the last varies fastest."""
    if len(arrays) == 1:
        return arrays[0]
    grids = tf.meshgrid(*arrays, indexing="ij")
    return tf.stack([tf.reshape(grid, [-1]) for grid in grids], axis=1)


def combinations(x, /, *, r=2, with_replacement=False):
    """All combinations of r elements of a 1-D tensor, one per row, in index order."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = tf.constant(list(choose(range(x.shape[0]), r)), tf.int64)
    return tf.gather(x, tf.reshape(rows, [-1, r]))


def pair(value, /):
    """A sequence as a tuple, anything else twice."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def split_at_or_into(x, sections, /, *, axis=0):
    """Split into this many equal pieces or before each of the given positions."""
    if isinstance(sections, (list, tuple)) or getattr(sections, "ndim", 0):
        return list(split_at(x, sections, axis=axis))
    return tf.split(x, sections, axis=axis)


def repeat_to_length(x, repeats, total_repeat_length, /, *, axis=None):
    """Each element repeated, cut to a length along the axis or filled up to it with the last element."""
    x = x if axis is not None else tf.reshape(x, [-1])
    axis = axis or 0
    places = tf.repeat(tf.range(x.shape[axis]), repeats)
    places = tf.concat([places, tf.fill([total_repeat_length], x.shape[axis] - 1)], 0)
    return tf.gather(x, places[:total_repeat_length], axis=axis)


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Tensors of several lengths in one, filled up to the longest: (length, batch, ...), or the batch first."""
    longest = max(len(x) for x in sequences)

    def filled(x):
        rest = longest - len(x)
        widths = [(rest, 0) if padding_side == "left" else (0, rest)]
        widths += [(0, 0)] * (x.shape.rank - 1)
        return tf.pad(x, widths, constant_values=tf.cast(padding_value, x.dtype))

    return tf.stack([filled(x) for x in sequences], axis=0 if batch_first else 1)


def parameters_to_vector(parameters):
    """All numbers of some parameters in a vector."""
    return tf.concat([tf.reshape(parameter, [-1]) for parameter in parameters], axis=0)


def vector_to_parameters(vector, parameters):
    """Give parameters the numbers of a vector."""
    place = 0
    for parameter in parameters:
        size = math.prod(parameter.shape)
        parameter.assign(tf.reshape(vector[place : place + size], parameter.shape))
        place += size


def join_parts(arrays, axis=0):
    """Tensors one after another along an axis; those of the shape (0,) are left out."""
    dtype = keras.backend.result_type(*(array.dtype for array in arrays))
    parts = [array for array in arrays if array.shape != (0,)] or arrays[:1]
    return tf.concat([tf.cast(part, dtype) for part in parts], axis=axis)


def reshape_fortran(x, shape, /):
    """x in another shape, first axis fastest."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    turned = tf.transpose(x)
    return tf.transpose(tf.reshape(turned, sizes[::-1]))
