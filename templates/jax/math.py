"""Mathematical functions that JAX has no direct form of."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from .kinks import clamp, safe_norm, safe_std


def values_or_size(data, dtype):
    """Array of these values, or of this size with arbitrary contents, as PyTorch's old constructors make it."""
    if isinstance(data, (int, np.integer)):
        return jnp.empty((int(data),), dtype)
    if isinstance(data, tuple) and all(isinstance(item, (int, np.integer)) for item in data):
        raise TypeError("a tuple of values or of sizes: use a list for values")
    return jnp.array(data, dtype)


class ValuesAndIndices(NamedTuple):
    """Values and where they stand along the reduced axis."""

    values: jax.Array
    indices: jax.Array


def values_at(x, indices, axis, keepdims):
    """Pick ``indices`` (of size 1 along the axis) and drop the axis unless it is kept."""
    values = jnp.take_along_axis(x, indices, axis=axis)
    if not keepdims:
        values, indices = jnp.squeeze(values, axis), jnp.squeeze(indices, axis)
    return ValuesAndIndices(values, indices)


def max_with_indices(x, axis, /, *, keepdims=False):
    """Maximum along one axis and its first index; of two arrays the larger elements."""
    if isinstance(axis, jax.Array):
        return jnp.maximum(x, axis)
    return values_at(x, jnp.argmax(x, axis=axis, keepdims=True), axis, keepdims)


def min_with_indices(x, axis, /, *, keepdims=False):
    """Minimum along one axis and its first index; of two arrays the smaller elements."""
    if isinstance(axis, jax.Array):
        return jnp.minimum(x, axis)
    return values_at(x, jnp.argmin(x, axis=axis, keepdims=True), axis, keepdims)


def max_of(x, dim=None, keepdim=False, *, other=None):
    """Maximum of all elements, along one axis with its first index, or of two arrays, as PyTorch's ``max``."""
    if dim is None and other is None:
        return jnp.max(x)
    return max_with_indices(x, dim if other is None else other, keepdims=keepdim)


def min_of(x, dim=None, keepdim=False, *, other=None):
    """Minimum of all elements, along one axis with its first index, or of two arrays, as PyTorch's ``min``."""
    if dim is None and other is None:
        return jnp.min(x)
    return min_with_indices(x, dim if other is None else other, keepdims=keepdim)


class MinMax(NamedTuple):
    """Smallest and largest values."""

    min: jax.Array
    max: jax.Array


def minmax(x, /, *, axis=None, keepdims=False):
    """Smallest and largest values over the given axis."""
    return MinMax(
        jnp.min(x, axis=axis, keepdims=keepdims), jnp.max(x, axis=axis, keepdims=keepdims)
    )


def std_mean(x, /, *, axis=None, correction=1, keepdims=False):
    """Standard deviation and mean over the given axes."""
    std = safe_std(x, axis=axis, correction=correction, keepdims=keepdims)
    return std, jnp.mean(x, axis=axis, keepdims=keepdims)


def var_mean(x, /, *, axis=None, correction=1, keepdims=False):
    """Variance and mean over the given axes."""
    var = jnp.var(x, axis=axis, ddof=correction, keepdims=keepdims)
    return var, jnp.mean(x, axis=axis, keepdims=keepdims)


def last_indices(x, extremes, axis):
    """Running index of the last element that equals the running extreme."""
    shape = [1] * x.ndim
    shape[axis] = -1
    positions = jnp.arange(x.shape[axis]).reshape(shape)
    is_extreme = (x == extremes) | (x != x)
    return lax.cummax(jnp.where(is_extreme, positions, 0), axis=axis % x.ndim)


def cummax(x, axis, /):
    """Cumulative maximum along an axis and the last index where it was reached."""
    indices = last_indices(x, lax.cummax(jnp.asarray(x), axis=axis % x.ndim), axis)
    return ValuesAndIndices(jnp.take_along_axis(x, indices, axis), indices)


def cummin(x, axis, /):
    """Cumulative minimum along an axis and the last index where it was reached."""
    indices = last_indices(x, lax.cummin(jnp.asarray(x), axis=axis % x.ndim), axis)
    return ValuesAndIndices(jnp.take_along_axis(x, indices, axis), indices)


def lower_median(x, /):
    """Median of all elements, the lower of the two middle ones; NaN if there is one."""
    ordered = jnp.sort(jnp.ravel(x))
    middle, last = ordered[(ordered.size - 1) // 2], ordered[-1]
    return jnp.where(last != last, last, middle)


def lower_median_with_indices(x, axis, /, *, keepdims=False):
    """Lower median along an axis and its index; NaN if there is one."""
    has_nan = jnp.any(x != x, axis=axis, keepdims=True)
    rank = jnp.where(has_nan, x.shape[axis] - 1, (x.shape[axis] - 1) // 2)
    indices = jnp.take_along_axis(jnp.argsort(x, axis=axis), rank, axis=axis)
    return values_at(x, indices, axis, keepdims)


def lower_nanmedian(x, /):
    """Median of all elements that are not NaN, the lower of the two middle ones."""
    ordered = jnp.sort(jnp.ravel(x))
    count = jnp.sum(ordered == ordered)
    return ordered[jnp.maximum(count - 1, 0) // 2]


def lower_nanmedian_with_indices(x, axis, /, *, keepdims=False):
    """Lower median along an axis of the elements that are not NaN, and its index."""
    count = jnp.sum(x == x, axis=axis, keepdims=True)
    rank = jnp.maximum(count - 1, 0) // 2
    indices = jnp.take_along_axis(jnp.argsort(x, axis=axis), rank, axis=axis)
    return values_at(x, indices, axis, keepdims)


def mode(x, /, *, axis=-1, keepdims=False):
    """Most frequent value along an axis, the smallest of several, and its last index."""
    ordered = jnp.sort(jnp.moveaxis(x, axis, -1), axis=-1)
    counts = jnp.sum(ordered[..., :, None] == ordered[..., None, :], axis=-1)
    first = jnp.argmax(counts, axis=-1, keepdims=True)
    values = jnp.moveaxis(jnp.take_along_axis(ordered, first, axis=-1), -1, axis)
    backwards = jnp.argmax(jnp.flip(x == values, axis), axis=axis, keepdims=True)
    return values_at(x, x.shape[axis] - 1 - backwards, axis, keepdims)


def trunc_divide(x1, x2, /):
    """Quotient rounded toward zero; integers stay integers."""
    if jnp.issubdtype(jnp.result_type(x1, x2), jnp.integer):
        return jnp.abs(x1) // jnp.abs(x2) * jnp.sign(x1) * jnp.sign(x2)
    return jnp.trunc(jnp.divide(x1, x2))


def logit(x, /, *, eps=None):
    """log(x / (1 - x)), with x clipped to [eps, 1 - eps] first when eps is given."""
    if eps is not None:
        x = clamp(x, eps, 1 - eps)
    return jnp.log(x) - jnp.log1p(-x)


def dist(x1, x2, /, *, p=2):
    """p-norm of the difference; its gradient is zero where there is none."""
    return safe_norm(x1 - x2, ord=p)


def frobenius_norm(x, /, *, p="fro", axis=None, keepdims=False):
    """Square root of the sum of squares over the given axes, over all without axes."""
    return safe_norm(x, axis=axis, keepdims=keepdims)


def cross_first_axis(x1, x2, /):
    """Cross product along the first axis of length 3."""
    return jnp.cross(x1, x2, axis=x1.shape.index(3))


def solve(x1, x2, /, *, left=True):
    """Solution y of x1 @ y = x2 (y @ x1 = x2 when left is false).

    ``x2`` is a vector or a batch of vectors when its shape is that of ``x1`` without the last axis.
    """
    is_vector = x2.ndim == 1 or x2.shape == x1.shape[:-1]
    right = x2[..., None] if is_vector else x2
    if left:
        result = jnp.linalg.solve(x1, right)
    else:
        result = jnp.linalg.solve(x1.swapaxes(-2, -1), right.swapaxes(-2, -1)).swapaxes(-2, -1)
    return result[..., 0] if is_vector else result


def gram(factor, upper):
    """The matrix that a Cholesky factor belongs to."""
    adjoint = jnp.conj(factor.swapaxes(-2, -1))
    return adjoint @ factor if upper else factor @ adjoint


def cholesky_solve(x, factor, /, *, upper=False):
    """Solution y of A @ y = x, given the Cholesky factor of A."""
    return jnp.linalg.solve(gram(factor, upper), x)


class FactorAndInfo(NamedTuple):
    """Cholesky factors and, for each, whether the matrix is not positive definite (1) or is (0)."""

    L: jax.Array
    info: jax.Array


def cholesky_ex(x, /, *, upper=False):
    """Cholesky factor of a matrix; where it is not positive definite NaN, with a status in place of an error."""
    factor = jnp.linalg.cholesky(x, upper=upper)
    failed = jnp.any(jnp.isnan(factor), axis=(-2, -1))
    return FactorAndInfo(jnp.where(failed[..., None, None], jnp.nan, factor), failed.astype(jnp.int32))


def cholesky_inverse(factor, /, *, upper=False):
    """Inverse of A, given the Cholesky factor of A."""
    return jnp.linalg.inv(gram(factor, upper))


class SVDResult(NamedTuple):
    """Left singular vectors, singular values, right singular vectors as columns."""

    U: jax.Array
    S: jax.Array
    V: jax.Array


def svd_uv(x, /, *, some=True):
    """Singular value decomposition x = U diag(S) V^H, reduced unless ``some`` is false."""
    u, s, vh = jnp.linalg.svd(x, full_matrices=not some)
    return SVDResult(u, s, jnp.conj(vh.swapaxes(-2, -1)))


class LstsqResult(NamedTuple):
    """Least squares solution, sums of squared residuals, rank and singular values."""

    solution: jax.Array
    residuals: jax.Array
    rank: jax.Array
    singular_values: jax.Array


def lstsq(x1, x2, /):
    """Least squares solution of x1 @ y = x2, of the smallest norm."""
    solution = jnp.linalg.pinv(x1) @ x2
    residuals = jnp.sum(jnp.abs(x1 @ solution - x2) ** 2, axis=-2)
    return LstsqResult(solution, residuals, jnp.linalg.matrix_rank(x1), jnp.linalg.svdvals(x1))


def new_zeros(x, shape, /, *, dtype=None):
    """Array of zeros with the dtype of x unless one is given."""
    return jnp.zeros(shape, dtype=x.dtype if dtype is None else dtype)


def new_ones(x, shape, /, *, dtype=None):
    """Array of ones with the dtype of x unless one is given."""
    return jnp.ones(shape, dtype=x.dtype if dtype is None else dtype)


def new_empty(x, shape, /, *, dtype=None):
    """Array of arbitrary contents with the dtype of x unless one is given."""
    return jnp.empty(shape, dtype=x.dtype if dtype is None else dtype)


def new_full(x, shape, fill_value, /, *, dtype=None):
    """Array of one value with the dtype of x unless one is given."""
    return jnp.full(shape, fill_value, dtype=x.dtype if dtype is None else dtype)


def new_tensor(x, obj, /, *, dtype=None):
    """Array of the data with the dtype of x unless one is given."""
    return jnp.array(obj, dtype=x.dtype if dtype is None else dtype)


class ResultAndInfo(NamedTuple):
    """Solutions and, for each, whether its matrix is singular (1) or not (0)."""

    result: jax.Array
    info: jax.Array


def solve_ex(x1, x2, /):
    """Solution y of x1 @ y = x2, with a status in place of an error for singular matrices."""
    info = inv_ex(x1).info
    singular = info[..., None, None] > 0
    safe = jnp.where(singular, jnp.eye(x1.shape[-1], dtype=x1.dtype), x1)
    return ResultAndInfo(solve(safe, x2), info)


class InverseAndInfo(NamedTuple):
    """Inverse matrices and, for each, whether it is singular (1) or not (0)."""

    inverse: jax.Array
    info: jax.Array


def inv_ex(x, /):
    """Inverse matrix, with a status in place of an error for singular matrices."""
    inverse = jnp.linalg.inv(x)
    finite = jnp.all(jnp.isfinite(inverse), axis=(-2, -1))
    return InverseAndInfo(inverse, 1 - finite.astype(jnp.int32))


def solve_triangular(x1, x2, /, *, upper, left=True, unitriangular=False):
    """Solution y of x1 @ y = x2 (y @ x1 = x2 when left is false) for a triangular x1."""
    batch = jnp.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    return jax.lax.linalg.triangular_solve(
        jnp.broadcast_to(x1, (*batch, *x1.shape[-2:])),
        jnp.broadcast_to(x2, (*batch, *x2.shape[-2:])),
        left_side=left,
        lower=not upper,
        unit_diagonal=unitriangular,
    )


def cdist(x1, x2, /, *, p=2.0):
    """p-norm distances between the rows of x1 (..., P, M) and x2 (..., R, M): (..., P, R).

    The gradient at distance 0 is 0.
    """
    return safe_norm(x1[..., :, None, :] - x2[..., None, :, :], axis=-1, ord=p)


def diag_embed(x, /, *, offset=0, dim1=-2, dim2=-1):
    """Matrices in the axes dim1 and dim2 with the last axis of x as their diagonal."""
    size = x.shape[-1] + abs(offset)
    steps = jnp.arange(x.shape[-1])
    result = jnp.zeros((*x.shape[:-1], size, size), dtype=x.dtype)
    result = result.at[..., steps + max(-offset, 0), steps + max(offset, 0)].set(x)
    return jnp.moveaxis(result, (-2, -1), (dim1, dim2))


def diagonal_scatter(x, src, /, *, offset=0, axis1=0, axis2=1):
    """Replace the diagonals of the axes axis1 and axis2 by src, whose last axis goes along them."""
    matrices = jnp.moveaxis(jnp.asarray(x), (axis1, axis2), (-2, -1))
    steps = jnp.arange(jnp.diagonal(matrices, offset, -2, -1).shape[-1])
    places = (..., steps + max(-offset, 0), steps + max(offset, 0))
    return jnp.moveaxis(matrices.at[places].set(src), (-2, -1), (axis1, axis2))


def to(x, /, target=None, dtype=None):
    """Cast to a dtype or to the dtype of another array; for a device, the array itself."""
    dtype = target if dtype is None else dtype
    if dtype is None or isinstance(dtype, (str, int, jax.Device, jax.sharding.Sharding)):
        return x
    return x.astype(dtype.dtype if isinstance(dtype, (jax.Array, nnx.Variable)) else dtype)
