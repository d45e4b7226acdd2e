"""Functions of jax.nn, and initialisers: functions of a key, a shape and a dtype."""

import math

import keras
import tensorflow as tf

from .keys import random_normal
from .kinks import halving_clip
from .masked import masked_mean, masked_var


def init_zeros(key, shape, dtype=None):
    """Zeros; the key is not used."""
    return tf.cast(tf.fill(tuple(shape), 0), dtype or tf.float32)


def init_ones(key, shape, dtype=None):
    """Ones; the key is not used."""
    return tf.cast(tf.fill(tuple(shape), 1), dtype or tf.float32)


def init_constant(value):
    """An initialiser that fills with a value."""
    return lambda key, shape, dtype=None: tf.cast(tf.fill(tuple(shape), value), dtype or tf.float32)


def init_orthogonal(scale=1.0, column_axis=-1):
    """An initialiser of matrices with orthogonal rows or columns; all axes but one are those of the rows."""

    def draw(key, shape, dtype=None):
        axis = column_axis % len(shape)
        rows, others = shape[axis], (*shape[:axis], *shape[axis + 1 :])
        columns = math.prod(others)
        q, r = tf.linalg.qr(random_normal(key, (max(rows, columns), min(rows, columns)), dtype))
        q = q * tf.sign(tf.linalg.diag_part(r))
        matrix = q if rows >= columns else tf.transpose(q)
        return scale * keras.ops.moveaxis(tf.reshape(matrix, (rows, *others)), 0, column_axis)

    return draw


def one_hot_floats(x, num_classes, /, *, dtype=None, axis=-1):
    """1.0 at the index, else 0.0; an index out of range gives zeros."""
    x = tf.convert_to_tensor(x)
    axis = axis % (x.shape.rank + 1)
    classes = tf.reshape(tf.range(num_classes, dtype=x.dtype), [-1] + [1] * (x.shape.rank - axis))
    return tf.cast(tf.expand_dims(x, axis) == classes, dtype or tf.float32)


def sparse_plus(x, /):
    """0 up to -1, x from 1 on, (x + 1)**2 / 4 between."""
    return tf.where(x <= -1, tf.zeros_like(x), tf.where(x >= 1, x, (x + 1) ** 2 / 4))


def sparse_sigmoid(x, /):
    """(x + 1) / 2, within 0 and 1."""
    return halving_clip((x + 1) / 2, 0, 1)


def squareplus(x, b=4, /):
    """(x + sqrt(x**2 + b)) / 2."""
    return (x + tf.sqrt(tf.square(x) + b)) / 2


def standardized(x, /, axis=-1, mean=None, variance=None, epsilon=1e-05, where=None):
    """x with mean 0 and variance 1 along axes."""
    mean = masked_mean(x, axis=axis, keepdims=True, where=where) if mean is None else mean
    variance = (
        masked_var(x, axis=axis, keepdims=True, where=where) if variance is None else variance
    )
    return (x - mean) * tf.math.rsqrt(variance + epsilon)


def is_subdtype(dtype, kind, /):
    """Whether a dtype is of a kind, such as "floating" or "integer", or is another dtype."""
    of_types = {bool: tf.bool, int: tf.int64, float: tf.float64, complex: tf.complex128}
    dtype, kind = tf.as_dtype(of_types.get(dtype, dtype)), of_types.get(kind, kind)
    if isinstance(kind, type) and kind.__name__.endswith(("floating", "inexact", "integer", "number")):
        kind = kind.__name__  # of NumPy
    if not isinstance(kind, str):
        return dtype == kind
    if dtype.is_complex:
        return kind in ("complexfloating", "inexact", "number")
    if dtype.is_floating:
        return kind in ("floating", "inexact", "number")
    if dtype.is_bool:
        return False
    sign = "unsignedinteger" if dtype.is_integer and dtype.min == 0 else "signedinteger"
    return kind in (sign, "integer", "number")


def token_attention(query, key, value, bias=None, mask=None, *, scale=None, is_causal=False):
    """Attention over arrays (..., length, heads, features), where several heads may share keys.

    A row of which all places are masked gives the mean of the values.
    """
    q, k, v = (keras.ops.swapaxes(x, -2, -3) for x in (query, key, value))
    k, v = (tf.repeat(x, q.shape[-3] // x.shape[-3], axis=-3) for x in (k, v))
    precise = q.dtype if q.dtype == tf.float64 else tf.float32
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    scores = tf.matmul(tf.cast(q, precise), tf.cast(k, precise), transpose_b=True) * scale
    scores = scores if bias is None else scores + tf.cast(bias, precise)
    if is_causal:
        rows, columns = (tf.range(size) for size in tf.unstack(tf.shape(scores)[-2:]))
        before = columns <= rows[:, None]
        mask = before if mask is None else mask & before
    if mask is not None:
        scores = tf.where(mask, scores, -0.7 * precise.max)
    weights = tf.cast(tf.nn.softmax(scores, axis=-1), k.dtype)
    return keras.ops.swapaxes(weights @ v, -2, -3)


def is_scalar_of(x, *kinds):
    """Whether x is a tensor without axes, of one of these dtypes or kinds of dtypes where any are given."""
    if not isinstance(x, tf.Tensor) or x.ndim > 0:
        return False
    return not kinds or any(is_subdtype(x.dtype, kind) for kind in kinds)
