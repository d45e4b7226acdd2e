"""Mathematical functions that TensorFlow has no direct form of."""

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .dtypes import as_host_dtype


class ValuesAndIndices(NamedTuple):
    """Values and where they stand along the reduced axis."""

    values: tf.Tensor
    indices: tf.Tensor


def values_at(x, indices, axis, keepdims):
    """Pick ``indices`` (of size 1 along the axis) and drop the axis unless it is kept."""
    values = keras.ops.take_along_axis(x, indices, axis=axis)
    if not keepdims:
        values, indices = tf.squeeze(values, axis), tf.squeeze(indices, axis)
    return ValuesAndIndices(values, indices)


def argmax(x, /, *, axis=None, keepdims=False):
    """Index of the first maximum, in the flattened array without an axis; NaN is the maximum."""
    return arg_extreme(x, tf.argmax, axis, keepdims)


def argmin(x, /, *, axis=None, keepdims=False):
    """Index of the first minimum, in the flattened array without an axis; NaN is the minimum."""
    return arg_extreme(x, tf.argmin, axis, keepdims)


def arg_extreme(x, function, axis, keepdims):
    """``function`` (tf.argmax or tf.argmin) along an axis, where the first NaN wins."""
    source = tf.reshape(x, [-1]) if axis is None else x
    along = 0 if axis is None else axis
    indices = function(source, axis=along)
    if x.dtype.is_floating:
        is_nan = tf.math.is_nan(source)
        first_nan = tf.argmax(tf.cast(is_nan, tf.int32), axis=along)
        indices = tf.where(tf.reduce_any(is_nan, axis=along), first_nan, indices)
    if not keepdims:
        return indices
    return (
        tf.reshape(indices, [1] * len(x.shape)) if axis is None else tf.expand_dims(indices, axis)
    )


def max_with_indices(x, axis, /, *, keepdims=False):
    """Maximum along one axis and its first index; of two arrays the larger elements."""
    if tf.is_tensor(axis):
        return tf.maximum(x, axis)
    return values_at(x, argmax(x, axis=axis, keepdims=True), axis, keepdims)


def min_with_indices(x, axis, /, *, keepdims=False):
    """Minimum along one axis and its first index; of two arrays the smaller elements."""
    if tf.is_tensor(axis):
        return tf.minimum(x, axis)
    return values_at(x, argmin(x, axis=axis, keepdims=True), axis, keepdims)


def max_of(x, dim=None, keepdim=False, *, other=None):
    """Maximum of all elements, along one axis with its first index, or of two arrays, as PyTorch's ``max``."""
    if dim is None and other is None:
        return tf.reduce_max(x)
    return max_with_indices(x, dim if other is None else other, keepdims=keepdim)


def min_of(x, dim=None, keepdim=False, *, other=None):
    """Minimum of all elements, along one axis with its first index, or of two arrays, as PyTorch's ``min``."""
    if dim is None and other is None:
        return tf.reduce_min(x)
    return min_with_indices(x, dim if other is None else other, keepdims=keepdim)


class MinMax(NamedTuple):
    """Smallest and largest values."""

    min: tf.Tensor
    max: tf.Tensor


def minmax(x, /, *, axis=None, keepdims=False):
    """Smallest and largest values over the given axis."""
    return MinMax(tf.reduce_min(x, axis, keepdims), tf.reduce_max(x, axis, keepdims))


def var(x, /, *, axis=None, correction=0, keepdims=False):
    """Variance over the given axes, with the divisor N - correction."""
    x = tf.convert_to_tensor(x)
    x = tf.cast(x, tf.float64) if x.dtype.is_integer or x.dtype.is_bool else x
    mean = tf.reduce_mean(x, axis=axis, keepdims=True)
    count = tf.cast(tf.size(x) // tf.size(mean), x.dtype)
    total = tf.reduce_sum(tf.square(x - mean), axis=axis, keepdims=keepdims)
    return total / tf.maximum(count - correction, 0)


def std(x, /, *, axis=None, correction=0, keepdims=False):
    """Standard deviation over the given axes, with the divisor N - correction."""
    return tf.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def safe_std(x, /, *, axis=None, correction=0, keepdims=False):
    """Standard deviation over the given axes; its gradient is zero where all elements are equal."""
    variance = var(x, axis=axis, correction=correction, keepdims=keepdims)
    root = tf.sqrt(tf.where(variance == 0, tf.ones_like(variance), variance))
    return tf.where(variance == 0, tf.zeros_like(variance), root)


def std_mean(x, /, *, axis=None, correction=1, keepdims=False):
    """Standard deviation and mean over the given axes."""
    deviation = safe_std(x, axis=axis, correction=correction, keepdims=keepdims)
    return deviation, tf.reduce_mean(x, axis=axis, keepdims=keepdims)


def var_mean(x, /, *, axis=None, correction=1, keepdims=False):
    """Variance and mean over the given axes."""
    variance = var(x, axis=axis, correction=correction, keepdims=keepdims)
    return variance, tf.reduce_mean(x, axis=axis, keepdims=keepdims)


def running(reduce, lowest, x, axis):
    """Cumulative reduction along an axis; ``lowest`` is the value that never wins."""
    rows = keras.ops.moveaxis(x, axis, -1)
    seen = keras.ops.tril(tf.ones((rows.shape[-1], rows.shape[-1]), dtype=tf.bool))
    result = reduce(tf.where(seen, rows[..., None, :], lowest), axis=-1)
    return keras.ops.moveaxis(result, -1, axis)


def last_indices(x, extremes, axis):
    """Running index of the last element that equals the running extreme."""
    shape = [1] * len(x.shape)
    shape[axis] = -1
    positions = tf.reshape(tf.range(x.shape[axis], dtype=tf.int64), shape)
    is_extreme = (x == extremes) | (x != x)
    return running(tf.reduce_max, 0, tf.where(is_extreme, positions, 0), axis)


def cummax(x, axis, /):
    """Cumulative maximum along an axis and the last index where it was reached."""
    lowest = -math.inf if x.dtype.is_floating else x.dtype.min
    indices = last_indices(x, running(tf.reduce_max, lowest, x, axis), axis)
    return ValuesAndIndices(keras.ops.take_along_axis(x, indices, axis), indices)


def cummin(x, axis, /):
    """Cumulative minimum along an axis and the last index where it was reached."""
    highest = math.inf if x.dtype.is_floating else x.dtype.max
    indices = last_indices(x, running(tf.reduce_min, highest, x, axis), axis)
    return ValuesAndIndices(keras.ops.take_along_axis(x, indices, axis), indices)


def nan_last_order(x, axis):
    """Indices that sort along an axis, with NaN at the end."""
    if not x.dtype.is_floating:
        return tf.argsort(x, axis=axis, stable=True)
    is_nan = tf.math.is_nan(x)
    order = tf.argsort(tf.where(is_nan, tf.cast(math.inf, x.dtype), x), axis=axis, stable=True)
    nan_in_order = tf.cast(keras.ops.take_along_axis(is_nan, order, axis=axis), tf.int32)
    later = tf.argsort(nan_in_order, axis=axis, stable=True)
    return keras.ops.take_along_axis(order, later, axis=axis)


def value_of_rank(x, rank, axis, keepdims):
    """Value of a rank (of size 1 along the axis) in sorted order, and its index."""
    order = nan_last_order(x, axis)
    indices = keras.ops.take_along_axis(order, rank, axis=axis)
    return values_at(x, tf.cast(indices, tf.int64), axis, keepdims)


def lower_median_with_indices(x, axis, /, *, keepdims=False):
    """Lower median along an axis and its index; NaN if there is one."""
    has_nan = tf.reduce_any(x != x, axis=axis, keepdims=True)
    rank = tf.where(has_nan, x.shape[axis] - 1, (x.shape[axis] - 1) // 2)
    return value_of_rank(x, rank, axis, keepdims)


def lower_median(x, /):
    """Median of all elements, the lower of the two middle ones; NaN if there is one."""
    return lower_median_with_indices(tf.reshape(x, [-1]), 0).values


def lower_nanmedian_with_indices(x, axis, /, *, keepdims=False):
    """Lower median along an axis of the elements that are not NaN, and its index."""
    count = tf.reduce_sum(tf.cast(x == x, tf.int32), axis=axis, keepdims=True)
    return value_of_rank(x, tf.maximum(count - 1, 0) // 2, axis, keepdims)


def lower_nanmedian(x, /):
    """Median of all elements that are not NaN, the lower of the two middle ones."""
    return lower_nanmedian_with_indices(tf.reshape(x, [-1]), 0).values


def mode(x, /, *, axis=-1, keepdims=False):
    """Most frequent value along an axis, the smallest of several, and its last index."""
    ordered = tf.sort(keras.ops.moveaxis(x, axis, -1), axis=-1)
    equal = tf.cast(ordered[..., :, None] == ordered[..., None, :], tf.int32)
    first = tf.expand_dims(tf.argmax(tf.reduce_sum(equal, axis=-1), axis=-1), -1)
    values = keras.ops.moveaxis(keras.ops.take_along_axis(ordered, first, axis=-1), -1, axis)
    matches = tf.cast(tf.reverse(x == values, [axis % len(x.shape)]), tf.int32)
    backwards = tf.expand_dims(tf.argmax(matches, axis=axis), axis)
    return values_at(x, x.shape[axis] - 1 - backwards, axis, keepdims)


def widened(x, dtype=None):
    """The array in a dtype; without one, integers and booleans become int64 to be added up."""
    x = tf.convert_to_tensor(x)
    if dtype is not None:
        return tf.cast(x, dtype)
    return tf.cast(x, tf.int64) if x.dtype.is_integer or x.dtype.is_bool else x


def reduce_sum(x, /, *, axis=None, dtype=None, keepdims=False):
    """Sum over the given axes; integers and booleans are added up as int64."""
    return tf.reduce_sum(widened(x, dtype), axis=axis, keepdims=keepdims)


def reduce_prod(x, /, *, axis=None, dtype=None, keepdims=False):
    """Product over the given axes; integers and booleans are multiplied as int64."""
    return tf.reduce_prod(widened(x, dtype), axis=axis, keepdims=keepdims)


def cumsum(x, /, *, axis=None, dtype=None):
    """Cumulative sum along an axis, of the flattened array without one; integers as int64."""
    x = widened(x, dtype)
    return tf.cumsum(tf.reshape(x, [-1]) if axis is None else x, axis=axis or 0)


def cumprod(x, /, *, axis=None, dtype=None):
    """Cumulative product along an axis, of the flattened array without one; integers as int64."""
    x = widened(x, dtype)
    x, axis = (tf.reshape(x, [-1]), 0) if axis is None else (x, axis)
    if not x.dtype.is_floating or x.shape[axis] is None:
        return tf.math.cumprod(x, axis=axis)
    step, size = 1, x.shape[axis]
    while step < size:  # zeros have a gradient, where tf.math.cumprod divides by them
        first, rest = tf.split(x, [step, size - step], axis)
        x = tf.concat([first, rest * tf.split(x, [size - step, step], axis)[0]], axis)
        step *= 2
    return x


def nansum(x, /, *, axis=None, keepdims=False):
    """Sum that takes NaN for 0."""
    return tf.reduce_sum(
        tf.where(tf.math.is_nan(x), tf.zeros_like(x), x), axis=axis, keepdims=keepdims
    )


def nanmean(x, /, *, axis=None, keepdims=False):
    """Mean of the elements that are not NaN."""
    count = tf.reduce_sum(tf.cast(x == x, x.dtype), axis=axis, keepdims=keepdims)
    return nansum(x, axis=axis, keepdims=keepdims) / count


def diff(x, /, *, n=1, axis=-1, prepend=None, append=None):
    """n-th differences of neighbours along an axis."""
    parts = [part for part in (prepend, x, append) if part is not None]
    x = tf.concat(parts, axis=axis) if len(parts) > 1 else x
    for _ in range(n):
        size = x.shape[axis]
        later = tf.gather(x, tf.range(1, size), axis=axis)
        x = later - tf.gather(x, tf.range(size - 1), axis=axis)
    return x


def trapezoid(y, x=None, /, *, dx=1.0, axis=-1):
    """Integral along an axis by the trapezoidal rule."""
    size = y.shape[axis]
    pairs = tf.gather(y, tf.range(1, size), axis=axis) + tf.gather(y, tf.range(size - 1), axis=axis)
    if x is None:
        return tf.reduce_sum(pairs, axis=axis) * (dx / 2)
    if len(x.shape) == 1:
        shape = [1] * len(y.shape)
        shape[axis] = -1
        x = tf.reshape(x, shape)
    return tf.reduce_sum(pairs * diff(x, axis=axis), axis=axis) / 2


def cov(x, /, *, correction=1):
    """Covariance matrix of the rows of x."""
    x = tf.reshape(x, [1, -1]) if len(x.shape) < 2 else x
    centred = x - tf.reduce_mean(x, axis=1, keepdims=True)
    products = tf.matmul(centred, centred, adjoint_b=True)
    return tf.squeeze(products / tf.cast(x.shape[1] - correction, x.dtype))


def cov_columns(x, /, *, correction=1):
    """Covariance matrix of the columns."""
    return cov(tf.transpose(x), correction=correction)


def corrcoef(x, /):
    """Correlation matrix of the rows of x."""
    covariance = cov(x)
    deviations = tf.sqrt(tf.linalg.diag_part(covariance))
    return covariance / (deviations[:, None] * deviations[None, :])


def array_equal(x1, x2, /):
    """Whether shapes and all elements are equal."""
    return tf.reduce_all(keras.ops.equal(x1, x2)) if x1.shape == x2.shape else tf.constant(False)


def isin(x1, x2, /, *, invert=False):
    """Whether each element of x1 occurs in x2 (does not occur, when inverted)."""
    found = tf.reduce_any(tf.expand_dims(x1, -1) == tf.reshape(x2, [-1]), axis=-1)
    return tf.logical_not(found) if invert else found


def trunc_divide(x1, x2, /):
    """Quotient rounded toward zero; integers stay integers."""
    x1 = tf.convert_to_tensor(x1)
    return tf.truncatediv(x1, x2) if x1.dtype.is_integer else keras.ops.trunc(x1 / x2)


def copysign(x1, x2, /):
    """Magnitude of x1 with the sign of x2, the sign of zero included."""
    x1 = tf.convert_to_tensor(x1)
    size = tf.abs(tf.cast(x1, x2.dtype) if x1.dtype.is_integer and tf.is_tensor(x2) and x2.dtype.is_floating else x1)
    return tf.where(keras.ops.signbit(x2), -size, size)


def fmod(x1, x2, /):
    """Remainder with the sign of the dividend."""
    x2 = tf.cast(x2, x1.dtype)
    rest = tf.stop_gradient(tf.raw_ops.TruncateMod(x=tf.stop_gradient(x1), y=tf.stop_gradient(x2)))
    if not x1.dtype.is_floating:
        return rest
    whole = tf.stop_gradient((x1 - rest) / x2)
    return rest + (x1 - tf.stop_gradient(x1)) - whole * (x2 - tf.stop_gradient(x2))


def sinc(x, /):
    """sin(pi x) / (pi x), and 1 at 0."""
    angle = math.pi * tf.where(x == 0, tf.ones_like(x), x)
    return tf.where(x == 0, tf.ones_like(x), tf.sin(angle) / angle)


def logit(x, /, *, eps=None):
    """log(x / (1 - x)), with x clipped to [eps, 1 - eps] first when eps is given."""
    if eps is not None:
        x = tf.clip_by_value(x, eps, 1 - eps)
    return tf.math.log(x) - tf.math.log1p(-x)


def entr(x, /):
    """-x log(x), 0 at 0 and -inf below."""
    safe = tf.where(x > 0, x, tf.ones_like(x))
    return tf.where(x > 0, -x * tf.math.log(safe), tf.where(x < 0, tf.cast(-math.inf, x.dtype), x))


def mvlgamma(x, p, /):
    """Multivariate log-gamma function of dimension p."""
    steps = tf.range(p, dtype=x.dtype) / 2
    constant = p * (p - 1) / 4 * math.log(math.pi)
    return tf.reduce_sum(tf.math.lgamma(x[..., None] - steps), axis=-1) + constant


def kron(x1, x2, /):
    """Kronecker product of two arrays with the same number of axes."""
    shape1 = [size for n in x1.shape for size in (n, 1)]
    shape2 = [size for n in x2.shape for size in (1, n)]
    blocks = tf.reshape(x1, shape1) * tf.reshape(x2, shape2)
    return tf.reshape(blocks, [n * m for n, m in zip(x1.shape, x2.shape)])


def cross(x1, x2, /, *, axis=-1):
    """Cross product of 3-vectors along an axis; the other axes broadcast."""
    a1, a2, a3 = tf.unstack(x1, axis=axis)
    b1, b2, b3 = tf.unstack(x2, axis=axis)
    return tf.stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], axis=axis)


def cross_first_axis(x1, x2, /):
    """Cross product along the first axis of length 3."""
    return cross(x1, x2, axis=tuple(x1.shape).index(3))


def cdist(x1, x2, /, *, p=2.0):
    """p-norm distances between the rows of x1 (..., P, M) and x2 (..., R, M): (..., P, R).

    The gradient at distance 0 is 0.
    """
    return safe_norm(x1[..., :, None, :] - x2[..., None, :, :], axis=-1, ord=p)


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """Norm of vectors along the given axes, of the flattened array without axes."""
    size = tf.abs(x)
    if ord == math.inf:
        return tf.reduce_max(size, axis=axis, keepdims=keepdims)
    if ord == -math.inf:
        return tf.reduce_min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return tf.reduce_sum(tf.cast(size != 0, size.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return tf.reduce_sum(size, axis=axis, keepdims=keepdims)
    if ord == 2:
        return tf.sqrt(tf.reduce_sum(tf.square(size), axis=axis, keepdims=keepdims))
    return tf.reduce_sum(size**ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def dist(x1, x2, /, *, p=2):
    """p-norm of the difference; its gradient is zero where there is none."""
    return safe_norm(x1 - x2, ord=p)


def frobenius_norm(x, /, *, p="fro", axis=None, keepdims=False):
    """Square root of the sum of squares over the given axes, over all without axes."""
    return safe_norm(x, axis=axis, keepdims=keepdims)


def safe_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """Norm of vectors along the given axes, of the flattened array without axes; its gradient is zero at zero."""
    zero = tf.reduce_all(x == 0, axis=axis, keepdims=True)
    size = tf.abs(x) if ord in (0, 1, math.inf, -math.inf) else tf.abs(tf.where(zero, tf.ones_like(x), x))
    norm = vector_norm(size, axis=axis, keepdims=True, ord=ord)
    norm = tf.where(zero, tf.zeros_like(norm), norm)
    return norm if keepdims else tf.squeeze(norm, axis)


def diag_embed(x, /, *, offset=0, dim1=-2, dim2=-1):
    """Matrices in the axes dim1 and dim2 with the last axis of x as their diagonal."""
    size = x.shape[-1] + abs(offset)
    matrices = tf.linalg.diag(x, k=offset, num_rows=size, num_cols=size)
    return keras.ops.moveaxis(matrices, (-2, -1), (dim1, dim2))


def diagonal_scatter(x, src, /, *, offset=0, axis1=0, axis2=1):
    """Replace the diagonals of the axes axis1 and axis2 by src, whose last axis goes along them."""
    matrices = keras.ops.moveaxis(x, (axis1, axis2), (-2, -1))
    shape = tf.shape(tf.linalg.diag_part(matrices, k=offset))
    matrices = tf.linalg.set_diag(matrices, tf.broadcast_to(tf.cast(src, x.dtype), shape), k=offset)
    return keras.ops.moveaxis(matrices, (-2, -1), (axis1, axis2))


def solve(x1, x2, /, *, left=True):
    """Solution y of x1 @ y = x2 (y @ x1 = x2 when left is false).

    ``x2`` is a vector or a batch of vectors when its shape is that of ``x1`` without the last axis.
    """
    is_vector = len(x2.shape) == 1 or x2.shape == x1.shape[:-1]
    right = x2[..., None] if is_vector else x2
    batch = tf.broadcast_static_shape(x1.shape[:-2], right.shape[:-2])
    x1 = tf.broadcast_to(x1, [*batch, *x1.shape[-2:]])
    right = tf.broadcast_to(right, [*batch, *right.shape[-2:]])
    if left:
        result = tf.linalg.solve(x1, right)
    else:
        right = tf.linalg.matrix_transpose(right)
        result = tf.linalg.matrix_transpose(tf.linalg.solve(tf.linalg.matrix_transpose(x1), right))
    return result[..., 0] if is_vector else result


def cholesky_solve(x, factor, /, *, upper=False):
    """Solution y of A @ y = x, given the Cholesky factor of A."""
    return tf.linalg.cholesky_solve(tf.linalg.adjoint(factor) if upper else factor, x)


class FactorAndInfo(NamedTuple):
    """Cholesky factors and, for each, whether the matrix is not positive definite (1) or is (0)."""

    L: tf.Tensor
    info: tf.Tensor


def cholesky_ex(x, /, *, upper=False):
    """Cholesky factor of a matrix; where it is not positive definite NaN, with a status in place of an error."""
    failed = tf.logical_not(tf.reduce_all(tf.linalg.eigvalsh(x) > 0, axis=-1))
    safe = tf.where(failed[..., None, None], tf.eye(x.shape[-1], dtype=x.dtype), x)
    factor = tf.linalg.cholesky(safe)
    factor = tf.where(failed[..., None, None], tf.constant(float("nan"), x.dtype), factor)
    return FactorAndInfo(tf.linalg.adjoint(factor) if upper else factor, tf.cast(failed, tf.int32))


def cholesky_inverse(factor, /, *, upper=False):
    """Inverse of A, given the Cholesky factor of A."""
    lower = tf.linalg.adjoint(factor) if upper else factor
    identity = tf.eye(lower.shape[-1], batch_shape=lower.shape[:-2], dtype=lower.dtype)
    return tf.linalg.cholesky_solve(lower, identity)


def solve_triangular(x1, x2, /, *, upper, left=True, unitriangular=False):
    """Solution y of x1 @ y = x2 (y @ x1 = x2 when left is false) for a triangular x1."""
    if unitriangular:
        x1 = tf.linalg.set_diag(x1, tf.ones(x1.shape[:-1], dtype=x1.dtype))
    if left:
        return tf.linalg.triangular_solve(x1, x2, lower=not upper)
    x1, x2 = tf.linalg.matrix_transpose(x1), tf.linalg.matrix_transpose(x2)
    return tf.linalg.matrix_transpose(tf.linalg.triangular_solve(x1, x2, lower=upper))


class SVD(NamedTuple):
    """Left singular vectors, singular values, right singular vectors as rows."""

    U: tf.Tensor
    S: tf.Tensor
    Vh: tf.Tensor


def svd(x, /, *, full_matrices=True):
    """Singular value decomposition x = U diag(S) Vh."""
    s, u, v = tf.linalg.svd(x, full_matrices=full_matrices)
    return SVD(u, s, tf.linalg.adjoint(v))


class SVDResult(NamedTuple):
    """Left singular vectors, singular values, right singular vectors as columns."""

    U: tf.Tensor
    S: tf.Tensor
    V: tf.Tensor


def svd_uv(x, /, *, some=True):
    """Singular value decomposition x = U diag(S) V^H, reduced unless ``some`` is false."""
    s, u, v = tf.linalg.svd(x, full_matrices=not some)
    return SVDResult(u, s, v)


class LstsqResult(NamedTuple):
    """Least squares solution, sums of squared residuals, rank and singular values."""

    solution: tf.Tensor
    residuals: tf.Tensor
    rank: tf.Tensor
    singular_values: tf.Tensor


def lstsq(x1, x2, /):
    """Least squares solution of x1 @ y = x2, of the smallest norm."""
    solution = tf.matmul(tf.linalg.pinv(x1), x2)
    residuals = tf.reduce_sum(tf.square(tf.abs(tf.matmul(x1, solution) - x2)), axis=-2)
    values = tf.linalg.svd(x1, compute_uv=False)
    return LstsqResult(solution, residuals, tf.linalg.matrix_rank(x1), values)


class ResultAndInfo(NamedTuple):
    """Solutions and, for each, whether its matrix is singular (1) or not (0)."""

    result: tf.Tensor
    info: tf.Tensor


def solve_ex(x1, x2, /):
    """Solution y of x1 @ y = x2, with a status in place of an error for singular matrices."""
    info = inv_ex(x1).info
    singular = info[..., None, None] > 0
    safe = tf.where(singular, tf.eye(x1.shape[-1], dtype=x1.dtype), x1)
    return ResultAndInfo(solve(safe, x2), info)


class InverseAndInfo(NamedTuple):
    """Inverse matrices and, for each, whether it is singular (1) or not (0)."""

    inverse: tf.Tensor
    info: tf.Tensor


def inv_ex(x, /):
    """Inverse matrix, with a status in place of an error for singular matrices."""
    singular = tf.linalg.det(x) == 0
    safe = tf.where(singular[..., None, None], tf.eye(x.shape[-1], dtype=x.dtype), x)
    return InverseAndInfo(tf.linalg.inv(safe), tf.cast(singular, tf.int32))


def matrix_power(x, n, /):
    """x multiplied n times by itself, its inverse for a negative n."""
    if n < 0:
        x, n = tf.linalg.inv(x), -n
    result = tf.eye(x.shape[-1], batch_shape=x.shape[:-2], dtype=x.dtype)
    for _ in range(n):
        result = tf.matmul(result, x)
    return result


def multi_dot(arrays, /):
    """Matrix product of a list of matrices; the first and last may be vectors."""
    result = arrays[0]
    for array in arrays[1:]:
        result = keras.ops.matmul(result, array)
    return result


def arange(start, stop=None, step=1, /, *, dtype=None):
    """Evenly spaced values: int64 when all arguments are integers, else float32."""
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        numbers = [tf.convert_to_tensor(n) for n in (start, stop, step)]
        dtype = tf.int64 if all(n.dtype.is_integer for n in numbers) else tf.float32
    dtype = tf.as_dtype(dtype)
    start, stop, step = (tf.cast(n, tf.float64) for n in (start, stop, step))
    count = tf.cast(tf.math.ceil((stop - start) / step), tf.int64)
    return tf.cast(start + tf.cast(tf.range(tf.maximum(count, 0)), tf.float64) * step, dtype)


def as_tensor(obj, /, *, dtype=None):
    """The data as a tensor; Python integers become int64, Python floats float32."""
    if any(tf.is_tensor(leaf) for leaf in tf.nest.flatten(obj)):
        array = tf.convert_to_tensor(obj)
    else:
        array = np.asarray(obj)
        if not isinstance(obj, (np.ndarray, np.generic)):
            narrow = {"float64": np.float32, "complex128": np.complex64}
            array = array.astype(narrow.get(array.dtype.name, array.dtype))
        array = tf.convert_to_tensor(array)
    return array if dtype is None else tf.cast(array, dtype)


def values_or_size(data, dtype):
    """Array of these values, or of this size with arbitrary contents, as PyTorch's old constructors make it."""
    if isinstance(data, (int, np.integer)):
        return tf.zeros((int(data),), dtype)
    if isinstance(data, tuple) and all(isinstance(item, (int, np.integer)) for item in data):
        raise TypeError("a tuple of values or of sizes: use a list for values")
    return tensor(data, dtype=dtype)


def tensor(obj, /, *, dtype=None):
    """Tensor of the data; Python integers become int64, Python floats float32."""
    return as_tensor(obj, dtype=dtype)


def array(obj, /, *, dtype=None):
    """Tensor of the data; Python integers become int64, Python floats float64."""
    if any(tf.is_tensor(leaf) for leaf in tf.nest.flatten(obj)):
        return as_tensor(obj, dtype=dtype)
    return as_tensor(np.array(obj), dtype=dtype)


def asarray(obj, /, *, dtype=None):
    """The data as a tensor; Python integers become int64, Python floats float64."""
    return array(obj, dtype=dtype)


def full(shape, fill_value, /, *, dtype=None):
    """Tensor of one value; Python integers make it int64, Python floats float32."""
    return tf.fill(shape, as_tensor(fill_value, dtype=dtype))


def new_zeros(x, shape, /, *, dtype=None):
    """Tensor of zeros with the dtype of x unless one is given."""
    return tf.zeros(shape, dtype=x.dtype if dtype is None else dtype)


def new_ones(x, shape, /, *, dtype=None):
    """Tensor of ones with the dtype of x unless one is given."""
    return tf.ones(shape, dtype=x.dtype if dtype is None else dtype)


def new_empty(x, shape, /, *, dtype=None):
    """Tensor of arbitrary contents with the dtype of x unless one is given."""
    return new_zeros(x, shape, dtype=dtype)


def new_full(x, shape, fill_value, /, *, dtype=None):
    """Tensor of one value with the dtype of x unless one is given."""
    return full(shape, fill_value, dtype=x.dtype if dtype is None else dtype)


def new_tensor(x, obj, /, *, dtype=None):
    """Tensor of the data with the dtype of x unless one is given."""
    return as_tensor(obj, dtype=x.dtype if dtype is None else dtype)


def to(x, /, target=None, dtype=None):
    """Cast to a dtype or to the dtype of another tensor; for a device, the tensor itself."""
    dtype = target if dtype is None else dtype
    if dtype is None or isinstance(dtype, (str, int)):
        return x
    return tf.cast(x, dtype.dtype if tf.is_tensor(dtype) else dtype)


class FloatInfo(NamedTuple):
    """Limits of a floating point type."""

    bits: int
    eps: float
    max: float
    min: float
    tiny: float
    smallest_normal: float


def finfo(dtype, /):
    """Limits of a floating point dtype as Python floats."""
    dtype = tf.as_dtype(dtype)
    fraction, exponent = {"float16": (10, 14), "bfloat16": (7, 126), "float32": (23, 126)}.get(
        dtype.name, (52, 1022)
    )
    tiny = 2.0**-exponent
    return FloatInfo(dtype.size * 8, 2.0**-fraction, float(dtype.max), float(dtype.min), tiny, tiny)


def iinfo(dtype, /):
    """Limits of an integer dtype."""
    return np.iinfo(as_host_dtype(dtype))


def promote_types(type1, type2, /):
    """Smallest dtype that both promote to; a floating point dtype beats every integer dtype."""
    return tf.as_dtype(keras.backend.result_type(tf.as_dtype(type1).name, tf.as_dtype(type2).name))


def weak_dtype(x, other):
    """The dtype a number takes part with: only its category counts beside the other's dtype."""
    number = tf.convert_to_tensor(x).dtype
    if number.is_complex and not other.is_complex:
        return tf.complex128 if other == tf.float64 else tf.complex64
    if number.is_floating and not (other.is_floating or other.is_complex):
        return tf.float32
    return tf.int64 if number.is_integer and other.is_bool else other


def result_type(x1, x2, /):
    """Dtype of an operation on two tensors; numbers and 0-d tensors do not widen a tensor."""
    dtype1, dtype2 = tf.convert_to_tensor(x1).dtype, tf.convert_to_tensor(x2).dtype
    weak1, weak2 = len(tf.shape(x1)) == 0, len(tf.shape(x2)) == 0
    if weak1 and not weak2:
        return weak_dtype(x1, dtype2)
    if weak2 and not weak1:
        return weak_dtype(x2, dtype1)
    return promote_types(dtype1, dtype2)


def tril(x, /, *, k=0):
    """The matrices without what lies above the k-th diagonal, which need not cross them."""
    x = tf.convert_to_tensor(x)
    return tf.where(diagonals(x) <= k, x, tf.zeros((), x.dtype))


def triu(x, /, *, k=0):
    """The matrices without what lies below the k-th diagonal, which need not cross them."""
    x = tf.convert_to_tensor(x)
    return tf.where(diagonals(x) >= k, x, tf.zeros((), x.dtype))


def diagonals(x):
    """The number of the diagonal on which each place of a matrix lies."""
    rows, columns = (tf.range(size) for size in tf.unstack(tf.shape(x)[-2:]))
    return columns - rows[:, None]
