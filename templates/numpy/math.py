"""Mathematical functions that NumPy has no direct form of."""

import math
import statistics
from typing import NamedTuple

import numpy as np


class ValuesAndIndices(NamedTuple):
    """Values and where they stand along the reduced axis."""

    values: np.ndarray
    indices: np.ndarray


def values_at(x, indices, axis, keepdims):
    """Pick ``indices`` (of size 1 along the axis) and drop the axis unless it is kept."""
    values = np.take_along_axis(x, indices, axis=axis)
    if not keepdims:
        values, indices = np.squeeze(values, axis), np.squeeze(indices, axis)
    return ValuesAndIndices(values, indices)


def max_with_indices(x, axis, /, *, keepdims=False):
    """Maximum along one axis and its first index; of two arrays the larger elements."""
    if isinstance(axis, (np.ndarray, np.floating)):
        return np.maximum(x, axis)
    return values_at(x, np.argmax(x, axis=axis, keepdims=True), axis, keepdims)


def min_with_indices(x, axis, /, *, keepdims=False):
    """Minimum along one axis and its first index; of two arrays the smaller elements."""
    if isinstance(axis, (np.ndarray, np.floating)):
        return np.minimum(x, axis)
    return values_at(x, np.argmin(x, axis=axis, keepdims=True), axis, keepdims)


def max_of(x, dim=None, keepdim=False, *, other=None):
    """Maximum of all elements, along one axis with its first index, or of two arrays, as PyTorch's ``max``."""
    if dim is None and other is None:
        return np.max(x)
    return max_with_indices(x, dim if other is None else other, keepdims=keepdim)


def min_of(x, dim=None, keepdim=False, *, other=None):
    """Minimum of all elements, along one axis with its first index, or of two arrays, as PyTorch's ``min``."""
    if dim is None and other is None:
        return np.min(x)
    return min_with_indices(x, dim if other is None else other, keepdims=keepdim)


class MinMax(NamedTuple):
    """Smallest and largest values."""

    min: np.ndarray
    max: np.ndarray


def minmax(x, /, *, axis=None, keepdims=False):
    """Smallest and largest values over the given axis."""
    return MinMax(np.min(x, axis=axis, keepdims=keepdims), np.max(x, axis=axis, keepdims=keepdims))


def std_mean(x, /, *, axis=None, correction=1, keepdims=False):
    """Standard deviation and mean over the given axes."""
    std = np.std(x, axis=axis, ddof=correction, keepdims=keepdims)
    return std, np.mean(x, axis=axis, keepdims=keepdims)


def var_mean(x, /, *, axis=None, correction=1, keepdims=False):
    """Variance and mean over the given axes."""
    var = np.var(x, axis=axis, ddof=correction, keepdims=keepdims)
    return var, np.mean(x, axis=axis, keepdims=keepdims)


def last_indices(x, extremes, axis):
    """Running index of the last element that equals the running extreme."""
    shape = [1] * x.ndim
    shape[axis] = -1
    positions = np.arange(x.shape[axis]).reshape(shape)
    is_extreme = (x == extremes) | (x != x)
    return np.maximum.accumulate(np.where(is_extreme, positions, 0), axis=axis)


def cummax(x, axis, /):
    """Cumulative maximum along an axis and the last index where it was reached."""
    values = np.maximum.accumulate(x, axis=axis)
    return ValuesAndIndices(values, last_indices(x, values, axis))


def cummin(x, axis, /):
    """Cumulative minimum along an axis and the last index where it was reached."""
    values = np.minimum.accumulate(x, axis=axis)
    return ValuesAndIndices(values, last_indices(x, values, axis))


def lower_median(x, /):
    """Median of all elements, the lower of the two middle ones; NaN if there is one."""
    ordered = np.sort(np.ravel(x))
    middle, last = ordered[(ordered.size - 1) // 2], ordered[-1]
    return np.where(last != last, last, middle)


def lower_median_with_indices(x, axis, /, *, keepdims=False):
    """Lower median along an axis and its index; NaN if there is one."""
    has_nan = np.any(x != x, axis=axis, keepdims=True)
    rank = np.where(has_nan, x.shape[axis] - 1, (x.shape[axis] - 1) // 2)
    indices = np.take_along_axis(np.argsort(x, axis=axis), rank, axis=axis)
    return values_at(x, indices, axis, keepdims)


def lower_nanmedian(x, /):
    """Median of all elements that are not NaN, the lower of the two middle ones."""
    ordered = np.sort(np.ravel(x))
    count = np.sum(ordered == ordered)
    return ordered[np.maximum(count - 1, 0) // 2]


def lower_nanmedian_with_indices(x, axis, /, *, keepdims=False):
    """Lower median along an axis of the elements that are not NaN, and its index."""
    count = np.sum(x == x, axis=axis, keepdims=True)
    rank = np.maximum(count - 1, 0) // 2
    indices = np.take_along_axis(np.argsort(x, axis=axis), rank, axis=axis)
    return values_at(x, indices, axis, keepdims)


def mode(x, /, *, axis=-1, keepdims=False):
    """Most frequent value along an axis, the smallest of several, and its last index."""
    ordered = np.sort(np.moveaxis(x, axis, -1), axis=-1)
    counts = np.sum(ordered[..., :, None] == ordered[..., None, :], axis=-1)
    first = np.argmax(counts, axis=-1, keepdims=True)
    values = np.moveaxis(np.take_along_axis(ordered, first, axis=-1), -1, axis)
    backwards = np.argmax(np.flip(x == values, axis), axis=axis, keepdims=True)
    return values_at(x, x.shape[axis] - 1 - backwards, axis, keepdims)


def trunc_divide(x1, x2, /):
    """Quotient rounded toward zero; integers stay integers."""
    if np.issubdtype(np.result_type(x1, x2), np.integer):
        return np.abs(x1) // np.abs(x2) * np.sign(x1) * np.sign(x2)
    return np.trunc(np.divide(x1, x2))


def logit(x, /, *, eps=None):
    """log(x / (1 - x)), with x clipped to [eps, 1 - eps] first when eps is given."""
    if eps is not None:
        x = np.clip(x, eps, 1 - eps)
    return np.log(x) - np.log1p(-x)


def frobenius_norm(x, /, *, p="fro", axis=None, keepdims=False):
    """Square root of the sum of squares over the given axes, over all without axes."""
    return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims)


def cross_first_axis(x1, x2, /):
    """Cross product along the first axis of length 3."""
    return np.cross(x1, x2, axis=x1.shape.index(3))


def solve(x1, x2, /, *, left=True):
    """Solution y of x1 @ y = x2 (y @ x1 = x2 when left is false).

    ``x2`` is a vector or a batch of vectors when its shape is that of ``x1`` without the last axis.
    """
    is_vector = x2.ndim == 1 or x2.shape == x1.shape[:-1]
    right = x2[..., None] if is_vector else x2
    if left:
        result = np.linalg.solve(x1, right)
    else:
        result = np.linalg.solve(x1.swapaxes(-2, -1), right.swapaxes(-2, -1)).swapaxes(-2, -1)
    return result[..., 0] if is_vector else result


def gram(factor, upper):
    """The matrix that a Cholesky factor belongs to."""
    adjoint = np.conj(factor.swapaxes(-2, -1))
    return adjoint @ factor if upper else factor @ adjoint


def cholesky_solve(x, factor, /, *, upper=False):
    """Solution y of A @ y = x, given the Cholesky factor of A."""
    return np.linalg.solve(gram(factor, upper), x)


class FactorAndInfo(NamedTuple):
    """Cholesky factors and, for each, whether the matrix is not positive definite (1) or is (0)."""

    L: np.ndarray
    info: np.ndarray


def cholesky_ex(x, /, *, upper=False):
    """Cholesky factor of a matrix; where it is not positive definite NaN, with a status in place of an error."""
    failed = ~np.all(np.linalg.eigvalsh(x) > 0, axis=-1)
    safe = np.where(failed[..., None, None], np.eye(x.shape[-1], dtype=x.dtype), x)
    factor = np.where(failed[..., None, None], np.float32("nan"), np.linalg.cholesky(safe, upper=upper))
    return FactorAndInfo(factor, failed.astype(np.int32))


def cholesky_inverse(factor, /, *, upper=False):
    """Inverse of A, given the Cholesky factor of A."""
    return np.linalg.inv(gram(factor, upper))


class SVDResult(NamedTuple):
    """Left singular vectors, singular values, right singular vectors as columns."""

    U: np.ndarray
    S: np.ndarray
    V: np.ndarray


def svd_uv(x, /, *, some=True):
    """Singular value decomposition x = U diag(S) V^H, reduced unless ``some`` is false."""
    u, s, vh = np.linalg.svd(x, full_matrices=not some)
    return SVDResult(u, s, np.conj(vh.swapaxes(-2, -1)))


class LstsqResult(NamedTuple):
    """Least squares solution, sums of squared residuals, rank and singular values."""

    solution: np.ndarray
    residuals: np.ndarray
    rank: np.ndarray
    singular_values: np.ndarray


def lstsq(x1, x2, /):
    """Least squares solution of x1 @ y = x2, of the smallest norm."""
    solution = np.linalg.pinv(x1) @ x2
    residuals = np.sum(np.abs(x1 @ solution - x2) ** 2, axis=-2)
    return LstsqResult(solution, residuals, np.linalg.matrix_rank(x1), np.linalg.svdvals(x1))


class ResultAndInfo(NamedTuple):
    """Solutions and, for each, whether its matrix is singular (1) or not (0)."""

    result: np.ndarray
    info: np.ndarray


def solve_ex(x1, x2, /):
    """Solution y of x1 @ y = x2, with a status in place of an error for singular matrices."""
    info = inv_ex(x1).info
    singular = info[..., None, None] > 0
    safe = np.where(singular, np.eye(x1.shape[-1], dtype=x1.dtype), x1)
    return ResultAndInfo(solve(safe, x2), info)


class InverseAndInfo(NamedTuple):
    """Inverse matrices and, for each, whether it is singular (1) or not (0)."""

    inverse: np.ndarray
    info: np.ndarray


def inv_ex(x, /):
    """Inverse matrix, with a status in place of an error for singular matrices."""
    singular = np.linalg.det(x) == 0
    safe = np.where(singular[..., None, None], np.eye(x.shape[-1], dtype=x.dtype), x)
    return InverseAndInfo(np.linalg.inv(safe), singular.astype(np.int32))


def triangular_part(x, upper, unitriangular):
    """The triangle of a matrix that is used, with ones on its diagonal when it is unitriangular."""
    part = np.triu(x) if upper else np.tril(x)
    if unitriangular:
        identity = np.eye(x.shape[-1], dtype=x.dtype)
        part = part * (1 - identity) + identity
    return part


def solve_triangular(x1, x2, /, *, upper, left=True, unitriangular=False):
    """Solution y of x1 @ y = x2 (y @ x1 = x2 when left is false) for a triangular x1."""
    triangle = triangular_part(x1, upper, unitriangular)
    if left:
        return np.linalg.solve(triangle, x2)
    return np.linalg.solve(triangle.swapaxes(-2, -1), x2.swapaxes(-2, -1)).swapaxes(-2, -1)


def cdist(x1, x2, /, *, p=2.0):
    """p-norm distances between the rows of x1 (..., P, M) and x2 (..., R, M): (..., P, R)."""
    return np.linalg.vector_norm(x1[..., :, None, :] - x2[..., None, :, :], axis=-1, ord=p)


def diag_embed(x, /, *, offset=0, dim1=-2, dim2=-1):
    """Matrices in the axes dim1 and dim2 with the last axis of x as their diagonal."""
    size = x.shape[-1] + abs(offset)
    result = np.zeros((*x.shape[:-1], size, size), dtype=x.dtype)
    steps = np.arange(x.shape[-1])
    result[..., steps + max(-offset, 0), steps + max(offset, 0)] = x
    return np.moveaxis(result, (-2, -1), (dim1, dim2))


def diagonal_scatter(x, src, /, *, offset=0, axis1=0, axis2=1):
    """Replace the diagonals of the axes axis1 and axis2 by src, whose last axis goes along them."""
    result = np.array(x)
    matrices = np.moveaxis(result, (axis1, axis2), (-2, -1))
    steps = np.arange(np.diagonal(matrices, offset, -2, -1).shape[-1])
    matrices[..., steps + max(-offset, 0), steps + max(offset, 0)] = src
    return result


def eig(x, /):
    """Complex eigenvalues and eigenvectors of a square matrix."""
    values, vectors = np.linalg.eig(x)
    dtype = np.result_type(x.dtype, np.complex64)
    return values.astype(dtype), vectors.astype(dtype)


def eigvals(x, /):
    """Complex eigenvalues of a square matrix."""
    return np.linalg.eigvals(x).astype(np.result_type(x.dtype, np.complex64))


def matrix_exp(x, /):
    """Matrix exponential by scaling, a Taylor series and squaring."""
    norm = np.max(np.sum(np.abs(x), axis=-1), initial=0.0)
    squarings = max(0, int(np.ceil(np.log2(norm))) + 1) if norm > 0 else 0
    scaled = x / 2**squarings
    term = result = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    for k in range(1, 19):
        term = term @ scaled / k
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


def logsumexp(x, /, *, axis=None, keepdims=False):
    """log(sum(exp(x))) over the given axes, without overflow."""
    largest = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, np.zeros_like(largest))
    with np.errstate(divide="ignore"):
        result = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return result if keepdims else np.squeeze(result, axis=axis)


def quantile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """q-th quantile over an axis, in the dtype of x."""
    return np.quantile(x, q, axis=axis, keepdims=keepdims, method=method).astype(x.dtype)


def nanquantile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """q-th quantile over an axis of the elements that are not NaN, in the dtype of x."""
    return np.nanquantile(x, q, axis=axis, keepdims=keepdims, method=method).astype(x.dtype)


def elementwise(function, x):
    """Apply a function of one Python float to each element; the dtype of x is kept."""
    x = np.asarray(x)
    dtype = x.dtype if np.issubdtype(x.dtype, np.floating) else np.float32
    return np.asarray(np.vectorize(function, otypes=[np.float64])(x), dtype=dtype)


def erf(x, /):
    """Error function."""
    return elementwise(math.erf, x)


def erfc(x, /):
    """Complementary error function 1 - erf(x)."""
    return elementwise(math.erfc, x)


def scalar_ndtri(p):
    """Inverse of the standard normal distribution function at one number."""
    if 0 < p < 1:
        return statistics.NormalDist().inv_cdf(p)
    return {0: -math.inf, 1: math.inf}.get(p, math.nan)


def ndtri(x, /):
    """Inverse of the standard normal distribution function."""
    return elementwise(scalar_ndtri, x)


def erfinv(x, /):
    """Inverse of the error function."""
    return elementwise(lambda v: scalar_ndtri((v + 1) / 2) / math.sqrt(2), x)


def ndtr(x, /):
    """Standard normal distribution function."""
    return elementwise(lambda v: 0.5 * math.erfc(-v / math.sqrt(2)), x)


def scalar_lgamma(x):
    """lgamma of one number, infinite at the poles."""
    return math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x)


def lgamma(x, /):
    """Logarithm of the absolute value of the gamma function."""
    return elementwise(scalar_lgamma, x)


def mvlgamma(x, p, /):
    """Multivariate log-gamma function of dimension p."""
    steps = np.arange(p, dtype=x.dtype) / 2
    constant = p * (p - 1) / 4 * math.log(math.pi)
    return np.sum(lgamma(x[..., None] - steps), axis=-1) + constant


def scalar_digamma(x):
    """Derivative of lgamma at one number: recurrence up to 8, then the asymptotic series."""
    if x <= 0:
        if x == math.floor(x):
            return -math.inf if x == 0 else math.nan
        return scalar_digamma(1 - x) - math.pi / math.tan(math.pi * x)
    result = 0.0
    while x < 8:
        result -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (
        1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132)))
    )
    return result + math.log(x) - 0.5 / x - series


def digamma(x, /):
    """Derivative of the logarithm of the gamma function."""
    return elementwise(scalar_digamma, x)


def i0e(x, /):
    """Modified Bessel function of order 0, scaled by exp(-|x|)."""
    return (np.i0(x) * np.exp(-np.abs(x))).astype(x.dtype)


def entr(x, /):
    """-x log(x), 0 at 0 and -inf below."""
    safe = np.where(x > 0, x, np.ones_like(x))
    return np.where(x > 0, -x * np.log(safe), np.where(x < 0, -np.inf, x)).astype(x.dtype)


def xlogy(x1, x2, /):
    """x1 * log(x2), and 0 where x1 is 0 and x2 is not NaN."""
    return np.where((x1 == 0) & ~np.isnan(x2), 0, x1 * np.log(np.where(x1 == 0, 1, x2)))


def xlog1py(x1, x2, /):
    """x1 * log1p(x2), and 0 where x1 is 0 and x2 is not NaN."""
    return np.where((x1 == 0) & ~np.isnan(x2), 0, x1 * np.log1p(np.where(x1 == 0, 0, x2)))


def expit(x, /):
    """Logistic function, without overflow."""
    return np.exp(-np.logaddexp(np.zeros_like(x), -x))


def arange(start, stop=None, step=1, /, *, dtype=None):
    """Evenly spaced values: int64 when all arguments are integers, else float32."""
    numbers = (start, 0 if stop is None else stop, step)
    if dtype is None:
        is_integer = all(np.issubdtype(np.asarray(n).dtype, np.integer) for n in numbers)
        dtype = np.int64 if is_integer else np.float32
    if stop is None:
        start, stop = 0, start
    return np.arange(start, stop, step).astype(dtype)


def python_dtype(obj, array):
    """The dtype of an array made of ``obj``: Python floats are float32."""
    if isinstance(obj, (np.ndarray, np.generic)):
        return array.dtype
    return {"float64": np.float32, "complex128": np.complex64}.get(array.dtype.name, array.dtype)


def values_or_size(data, dtype):
    """Array of these values, or of this size with arbitrary contents, as PyTorch's old constructors make it."""
    if isinstance(data, (int, np.integer)):
        return np.empty((int(data),), dtype)
    if isinstance(data, tuple) and all(isinstance(item, (int, np.integer)) for item in data):
        raise TypeError("a tuple of values or of sizes: use a list for values")
    return np.array(data, dtype)


def tensor(obj, /, *, dtype=None):
    """Array of a copy of the data; Python floats become float32."""
    array = np.array(obj)
    return array.astype(python_dtype(obj, array) if dtype is None else dtype)


def as_tensor(obj, /, *, dtype=None):
    """The data as an array, without a copy where possible; Python floats become float32."""
    array = np.asarray(obj)
    return array.astype(python_dtype(obj, array) if dtype is None else dtype, copy=False)


def full(shape, fill_value, /, *, dtype=None):
    """Array of one value; Python floats make it float32."""
    dtype = as_tensor(fill_value).dtype if dtype is None else dtype
    return np.full(shape, fill_value, dtype=dtype)


def new_zeros(x, shape, /, *, dtype=None):
    """Array of zeros with the dtype of x unless one is given."""
    return np.zeros(shape, dtype=x.dtype if dtype is None else dtype)


def new_ones(x, shape, /, *, dtype=None):
    """Array of ones with the dtype of x unless one is given."""
    return np.ones(shape, dtype=x.dtype if dtype is None else dtype)


def new_empty(x, shape, /, *, dtype=None):
    """Array of arbitrary contents with the dtype of x unless one is given."""
    return np.empty(shape, dtype=x.dtype if dtype is None else dtype)


def new_full(x, shape, fill_value, /, *, dtype=None):
    """Array of one value with the dtype of x unless one is given."""
    return np.full(shape, fill_value, dtype=x.dtype if dtype is None else dtype)


def new_tensor(x, obj, /, *, dtype=None):
    """Array of the data with the dtype of x unless one is given."""
    return np.array(obj, dtype=x.dtype if dtype is None else dtype)


def to(x, /, target=None, dtype=None):
    """Cast to a dtype or to the dtype of another array; for a device, the array itself."""
    dtype = target if dtype is None else dtype
    if dtype is None or isinstance(dtype, (str, int)):
        return x
    return x.astype(dtype.dtype if isinstance(dtype, np.ndarray) else dtype)


def promote_types(type1, type2, /):
    """Smallest dtype that both promote to; a floating point dtype beats every integer dtype."""
    type1, type2 = np.dtype(type1), np.dtype(type2)
    if np.issubdtype(type1, np.inexact) != np.issubdtype(type2, np.inexact):
        return type1 if np.issubdtype(type1, np.inexact) else type2
    return np.promote_types(type1, type2)


def weak_dtype(x, other):
    """The dtype a number takes part with: only its category counts beside the other's dtype."""
    number = np.asarray(x).dtype
    if np.issubdtype(number, np.complexfloating):
        return np.result_type(other, np.complex64)
    if np.issubdtype(number, np.floating) and not np.issubdtype(other, np.inexact):
        return np.dtype(np.float32)
    if np.issubdtype(number, np.integer) and other == np.bool_:
        return np.dtype(np.int64)
    return other


def result_type(x1, x2, /):
    """Dtype of an operation on two arrays; numbers and 0-d arrays do not widen an array."""
    weak1, weak2 = np.ndim(x1) == 0, np.ndim(x2) == 0
    if weak1 and not weak2:
        return weak_dtype(x1, np.asarray(x2).dtype)
    if weak2 and not weak1:
        return weak_dtype(x2, np.asarray(x1).dtype)
    return promote_types(np.asarray(x1).dtype, np.asarray(x2).dtype)
