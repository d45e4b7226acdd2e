"""Reshaping, joining and splitting of JAX arrays."""

import itertools
import math

import jax.numpy as jnp


def as_tuple(value):
    """Tuple of ints from an int or a sequence of ints."""
    return (value,) if isinstance(value, int) else tuple(value)


def bounded_axis(axis, ndim):
    """Axis counted from the front; IndexError when the array has no such axis."""
    size = max(ndim, 1)
    if not -size <= axis < size:
        raise IndexError(f"axis {axis} is out of range for an array of {ndim} axes")
    return axis % size


def flatten(x, /, *, start_axis=0, end_axis=-1):
    """Merge the axes from start_axis to end_axis, both included, into one."""
    start, end = bounded_axis(start_axis, x.ndim), bounded_axis(end_axis, x.ndim)
    if start > end:
        raise ValueError(f"flatten: start axis {start_axis} comes after end axis {end_axis}")
    merged = math.prod(x.shape[start : end + 1])
    return jnp.reshape(x, (*x.shape[:start], merged, *x.shape[end + 1 :]))


def unflatten(x, axis, sizes, /):
    """Split one axis into several with the given sizes, of which one may be -1."""
    axis = bounded_axis(axis, x.ndim)
    sizes = list(sizes)
    if -1 in sizes:
        known = math.prod(size for size in sizes if size != -1)
        sizes[sizes.index(-1)] = x.shape[axis] // known
    if math.prod(sizes) != x.shape[axis]:
        raise ValueError(f"unflatten: sizes {sizes} do not multiply to {x.shape[axis]}")
    return jnp.reshape(x, (*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))


def squeeze_ones(x, axis, /):
    """Drop those of the given axes that have size 1; the others stay."""
    axes = {bounded_axis(a, x.ndim) for a in as_tuple(axis)}
    return jnp.reshape(x, [n for a, n in enumerate(x.shape) if a not in axes or n != 1])


def expand(x, shape, /):
    """Broadcast to a shape in which -1 keeps the size of an existing axis."""
    shape = as_tuple(shape)
    new = len(shape) - x.ndim
    if new < 0 or -1 in shape[:new]:
        raise ValueError(f"expand: shape {shape} does not fit an array of {x.ndim} axes")
    kept = (x.shape[i - new] if n == -1 else n for i, n in enumerate(shape))
    return jnp.broadcast_to(x, tuple(kept))


def unfold_windows(x, axis, size, step, /):
    """All windows of a size and step along an axis; the window becomes a new last axis."""
    axis = bounded_axis(axis, x.ndim)
    if size > x.shape[axis]:
        raise ValueError(f"unfold: window {size} is larger than axis {axis} ({x.shape[axis]})")
    starts = jnp.arange(0, x.shape[axis] - size + 1, step)
    windows = jnp.take(x, starts[:, None] + jnp.arange(size), axis=axis)
    return jnp.moveaxis(windows, axis + 1, -1)


def split(x, size_or_sizes, /, *, axis=0):
    """Split into pieces of one size (the last may be smaller) or of the listed sizes."""
    total = x.shape[axis]
    if isinstance(size_or_sizes, int):
        cuts = list(range(size_or_sizes, total, size_or_sizes))
    else:
        *cuts, end = itertools.accumulate(size_or_sizes)
        if end != total:
            raise ValueError(f"split: sizes {list(size_or_sizes)} do not add up to {total}")
    return tuple(jnp.split(x, cuts, axis=axis))


def chunk(x, chunks, /, *, axis=0):
    """Split into at most this many pieces of equal size; the last may be smaller."""
    size = max(1, -(-x.shape[axis] // chunks))
    return tuple(jnp.split(x, list(range(size, x.shape[axis], size)), axis=axis))


def split_at(x, cuts, /, *, axis=0):
    """Split before each of the given positions."""
    total = x.shape[axis]
    ends = [slice(cut).indices(total)[1] for cut in cuts] + [total]
    before = (slice(None),) * bounded_axis(axis, x.ndim)
    return tuple(jnp.asarray(x)[(*before, slice(a, b))] for a, b in zip([0, *ends[:-1]], ends))


def cartesian_prod(arrays, /):
    """All combinations of the elements of 1-D arrays, one per row; the last varies fastest."""
    if len(arrays) == 1:
        return jnp.asarray(arrays[0])
    grids = jnp.meshgrid(*arrays, indexing="ij")
    return jnp.stack([grid.reshape(-1) for grid in grids], axis=1)


def combinations(x, /, *, r=2, with_replacement=False):
    """All combinations of r elements of a 1-D array, one per row, in index order."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(x.shape[0]), r))
    return jnp.asarray(x)[jnp.asarray(rows, int).reshape(-1, r)]


def pair(value, /):
    """A sequence as a tuple, anything else twice."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def equal_sizes(total, parts):
    """The sizes of equal pieces."""
    if total % parts:
        raise ValueError(f"{total} places do not make {parts} equal pieces")
    return [total // parts] * int(parts)


def split_into(x, parts, /, *, axis=0):
    """Split into this many equal pieces or into pieces of the listed sizes."""
    several = isinstance(parts, (list, tuple)) or getattr(parts, "ndim", 0)
    sizes = [int(part) for part in parts] if several else equal_sizes(x.shape[axis], parts)
    return list(split(x, sizes, axis=axis))


def split_at_or_into(x, sections, /, *, axis=0):
    """Split into this many equal pieces or before each of the given positions."""
    if isinstance(sections, (list, tuple)) or getattr(sections, "ndim", 0):
        return list(split_at(x, sections, axis=axis))
    return split_into(x, sections, axis=axis)


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Arrays of several lengths in one, filled up to the longest: (length, batch, ...), or the batch first."""
    longest = max(len(x) for x in sequences)

    def filled(x):
        rest = longest - len(x)
        widths = [(rest, 0) if padding_side == "left" else (0, rest)] + [(0, 0)] * (x.ndim - 1)
        return jnp.pad(x, widths, constant_values=padding_value)

    return jnp.stack([filled(x) for x in sequences], axis=0 if batch_first else 1)


def parameters_to_vector(parameters):
    """All numbers of some parameters in a vector."""
    return jnp.concatenate([jnp.ravel(parameter[...]) for parameter in parameters])


def vector_to_parameters(vector, parameters):
    """Give parameters the numbers of a vector."""
    place = 0
    for parameter in parameters:
        parameter[...] = vector[place : place + parameter.size].reshape(parameter.shape)
        place += parameter.size


def join_parts(arrays, axis=0):
    """Arrays one after another along an axis; those of the shape (0,) are left out."""
    dtype = jnp.result_type(*arrays)
    parts = [array for array in arrays if array.shape != (0,)] or arrays[:1]
    return jnp.concatenate([part.astype(dtype) for part in parts], axis=axis)
