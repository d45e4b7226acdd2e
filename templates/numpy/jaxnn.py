"""Functions of jax.nn, and initialisers: functions of a key, a shape and a dtype."""

import math

import numpy as np

from .keys import random_normal
from .masked import masked_mean, masked_var


def init_zeros(key, shape, dtype=None):
    """Zeros; the key is not used."""
    return np.full(shape, 0, dtype or np.float32)


def init_ones(key, shape, dtype=None):
    """Ones; the key is not used."""
    return np.full(shape, 1, dtype or np.float32)


def init_constant(value):
    """An initialiser that fills with a value."""
    return lambda key, shape, dtype=None: np.full(shape, value, dtype or np.float32)


def init_orthogonal(scale=1.0, column_axis=-1):
    """An initialiser of matrices with orthogonal rows or columns; all axes but one are those of the rows."""

    def draw(key, shape, dtype=None):
        axis = column_axis % len(shape)
        rows, others = shape[axis], (*shape[:axis], *shape[axis + 1 :])
        columns = math.prod(others)
        q, r = np.linalg.qr(random_normal(key, (max(rows, columns), min(rows, columns)), dtype))
        q = q * np.sign(np.diagonal(r))
        return scale * np.moveaxis((q if rows >= columns else q.T).reshape(rows, *others), 0, column_axis)

    return draw


def one_hot_floats(x, num_classes, /, *, dtype=None, axis=-1):
    """1.0 at the index, else 0.0; an index out of range gives zeros."""
    axis = axis % (np.ndim(x) + 1)
    classes = np.arange(num_classes).reshape([-1] + [1] * (np.ndim(x) - axis))
    return (np.expand_dims(x, axis) == classes).astype(dtype or np.float32)


def sparse_plus(x, /):
    """0 up to -1, x from 1 on, (x + 1)**2 / 4 between."""
    return np.where(x <= -1, 0.0, np.where(x >= 1, x, (x + 1) ** 2 / 4)).astype(x.dtype)


def sparse_sigmoid(x, /):
    """(x + 1) / 2, within 0 and 1."""
    return np.clip((x + 1) / 2, 0, 1)


def squareplus(x, b=4, /):
    """(x + sqrt(x**2 + b)) / 2."""
    return (x + np.sqrt(np.square(x) + b)) / 2


def standardized(x, /, axis=-1, mean=None, variance=None, epsilon=1e-05, where=None):
    """x with mean 0 and variance 1 along axes."""
    mean = masked_mean(x, axis=axis, keepdims=True, where=where) if mean is None else mean
    variance = (
        masked_var(x, axis=axis, keepdims=True, where=where) if variance is None else variance
    )
    return (x - mean) / np.sqrt(variance + epsilon)


def token_attention(query, key, value, bias=None, mask=None, *, scale=None, is_causal=False):
    """Attention over arrays (..., length, heads, features), where several heads may share keys.

    A row of which all places are masked gives the mean of the values.
    """
    q, k, v = (np.swapaxes(x, -2, -3) for x in (query, key, value))
    k, v = (np.repeat(x, q.shape[-3] // x.shape[-3], axis=-3) for x in (k, v))
    precise = np.promote_types(q.dtype, np.float32)
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    scores = (q.astype(precise) @ np.swapaxes(k, -1, -2).astype(precise)) * scale
    scores = scores if bias is None else scores + bias
    if is_causal:
        before = np.tril(np.ones(scores.shape[-2:], bool))
        mask = before if mask is None else mask & before
    if mask is not None:
        scores = np.where(mask, scores, -0.7 * np.finfo(precise).max).astype(precise)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = (weights / weights.sum(axis=-1, keepdims=True)).astype(k.dtype)
    return np.swapaxes(weights @ v, -2, -3)
