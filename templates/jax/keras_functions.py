"""Functions of Keras with its defaults and dtypes."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from .math import solve_triangular


def layer_normalization(x, /, gamma=None, beta=None, *, axis=-1, epsilon=None):
    """x with mean 0 and variance 1 along the axes, times gamma, plus beta; computed in float32 or wider."""
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    y = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    y = y - jnp.mean(y, axis=tuple(axes), keepdims=True)
    variance = jnp.mean(jnp.square(y), axis=tuple(axes), keepdims=True)
    y = y / jnp.sqrt(variance + (1e-7 if epsilon is None else epsilon))
    places = [a % x.ndim for a in axes]
    shape = [n if i in places else 1 for i, n in enumerate(x.shape)]
    if gamma is not None:
        y = y * (gamma if gamma.ndim == x.ndim else gamma.reshape(shape)).astype(y.dtype)
    if beta is not None:
        y = y + (beta if beta.ndim == x.ndim else beta.reshape(shape)).astype(y.dtype)
    return y.astype(x.dtype)


def rms_normalization(x, /, scale=None, *, axis=-1, epsilon=None):
    """x with mean square 1 along the axes, times scale; computed in float32 or wider."""
    y = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    axis = tuple(axis) if isinstance(axis, list) else axis
    square = jnp.mean(jnp.square(y), axis=axis, keepdims=True)
    y = y / jnp.sqrt(square + (1e-7 if epsilon is None else epsilon))
    return (y if scale is None else y * jnp.asarray(scale, y.dtype)).astype(x.dtype)


def unit_length(x, /, *, axis=-1, order=2, epsilon=None):
    """x divided by its norm along an axis (along several for the Euclidean norm), or by epsilon at least."""
    epsilon = 1e-7 if epsilon is None else epsilon
    x = x if x.ndim else x[None]
    if order == 2:
        axis = tuple(axis) if isinstance(axis, list) else axis
        square = jnp.sum(jnp.square(x), axis=axis, keepdims=True)
        return x * lax.rsqrt(jnp.maximum(square, epsilon**2))
    if not isinstance(axis, int):
        raise NotImplementedError("norms of this order are those of matrices over several axes")
    norm = jnp.linalg.norm(x, order, axis=axis, keepdims=True)
    return x / jnp.maximum(norm, epsilon)


def multi_hot(indices, num_classes, /, *, axis=-1, dtype=None):
    """1 for each class among the indices, along the second axis of them where there are several axes."""
    hot = jnp.moveaxis(indices[..., None] == jnp.arange(num_classes), -1, axis)
    return jnp.any(hot, axis=min(indices.ndim - 1, 1)).astype(dtype or jnp.float32)


def sparsemax(x, /, *, axis=-1):
    """The sparsemax of Keras; its threshold adds up the cumulative sums of all elements above it."""
    ordered = jnp.flip(jnp.sort(x, axis=axis), axis)
    total = jnp.cumsum(ordered, axis=axis)
    shape = [1] * x.ndim
    shape[axis] = -1
    rank = jnp.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(shape)
    above = ordered - (total - 1) / rank > 0
    count = jnp.sum(above, axis=axis, keepdims=True).astype(x.dtype)
    threshold = (jnp.sum(jnp.where(above, total, 0), axis=axis, keepdims=True) - 1) / count
    return jnp.maximum(x - threshold, 0)


def saturate_cast(x, dtype, /):
    """x in another dtype, with values beyond its limits at the limits."""

    def limits(dtype):
        if dtype == jnp.bool_:
            return 0, 1
        known = jnp.finfo(dtype) if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype)
        return np.asarray(known.min).item(), np.asarray(known.max).item()

    if x.dtype == jnp.bool_:
        return x.astype(dtype)
    (low, high), (least, most) = limits(jnp.dtype(dtype)), limits(x.dtype)
    low, high = max(low, least), min(high, most)
    if jnp.issubdtype(x.dtype, jnp.floating) and float(np.asarray(high, x.dtype)) > high:
        high = np.nextafter(np.asarray(high, x.dtype), np.asarray(0, x.dtype))
    return jnp.clip(x, low, high).astype(dtype)


def nancumprod(x, /, *, axis=None):
    """Cumulative product with NaN taken as 1 and infinity as the largest number."""
    return jnp.cumprod(jnp.nan_to_num(x, nan=1.0), axis=axis)


def lstsq_solution(x1, x2, /):
    """The shortest least squares solution of x1 @ y = x2."""
    return jnp.linalg.lstsq(x1, x2, rcond=None)[0]


def histogram_of_floats(x, /, bins=10, range=None):
    """Counts in bins of equal width, in the dtype of x, and the edges of the bins."""
    counts, edges = jnp.histogram(x, bins, range)
    return counts.astype(x.dtype), edges.astype(x.dtype)


def solve_triangle(x1, x2, /, lower=False):
    """Solution of x1 @ y = x2 for a triangular matrix x1; x2 may have one axis less and hold vectors."""
    if x2.ndim == x1.ndim - 1:
        return solve_triangular(x1, x2[..., None], upper=not lower)[..., 0]
    return solve_triangular(x1, x2, upper=not lower)


def geometric_space(start, stop, /, num=50, *, endpoint=True, dtype=None, axis=0):
    """Numbers with equal ratios from start to stop, which have the same sign; float32 without a dtype."""
    start, stop = (jnp.asarray(n, dtype or jnp.float32) for n in (start, stop))
    start, stop = jnp.broadcast_arrays(start, stop)
    share = jnp.arange(num, dtype=start.dtype) / max(num - 1 if endpoint else num, 1)
    ratio = jnp.abs(stop / start)
    return jnp.moveaxis(start * ratio ** share.reshape(-1, *[1] * start.ndim), 0, axis)


def batch_dot(x1, x2, /, *, axes=None):
    """The sums of products along an axis of each array, for each example; one number for each lies in an axis."""
    if axes is None:
        axes = (x1.ndim - 1, max(x2.ndim - 2, 1))
    first, second = (axes, axes) if isinstance(axes, int) else axes
    ours, theirs = [*range(x1.ndim)], [0, *range(x1.ndim, x1.ndim + x2.ndim - 1)]
    theirs[second] = summed = ours[first]
    result = jnp.einsum(x1, ours, x2, theirs, [axis for axis in [*ours, *theirs[1:]] if axis != summed])
    return result if result.ndim > 1 else result[:, None]
