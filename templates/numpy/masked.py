"""Reductions over the elements that a mask picks; a mask that is None picks all."""

import math

import numpy as np


def everywhere(where):
    """The mask as NumPy takes it, for which None would pick nothing."""
    return True if where is None else np.asarray(where, bool)


def picked(x, where, other):
    """The elements that the mask picks, ``other`` in place of the rest."""
    return x if where is None else np.where(where, x, np.asarray(other, x.dtype))


def float_dtype(x, dtype=None):
    """The dtype of a mean: float32 for integers and booleans, else that of the array."""
    if dtype is not None:
        return dtype
    return x.dtype if np.issubdtype(x.dtype, np.inexact) else np.float32


def masked_all(x, /, *, axis=None, keepdims=False, where=None):
    """Whether all picked elements are true."""
    return np.all(x, axis=axis, keepdims=keepdims, where=everywhere(where))


def masked_any(x, /, *, axis=None, keepdims=False, where=None):
    """Whether any picked element is true."""
    return np.any(x, axis=axis, keepdims=keepdims, where=everywhere(where))


def masked_max(x, /, *, axis=None, keepdims=False, initial=None, where=None):
    """Largest of the picked elements and the initial value."""
    if initial is None:
        return np.max(x, axis=axis, keepdims=keepdims, where=everywhere(where))
    return np.max(x, axis=axis, keepdims=keepdims, initial=initial, where=everywhere(where))


def masked_mean(x, /, *, axis=None, dtype=None, keepdims=False, where=None):
    """Mean of the picked elements, NaN where there are none."""
    dtype = float_dtype(x, dtype)
    where = np.broadcast_to(everywhere(where), np.shape(x))
    count = np.sum(where, axis=axis, keepdims=keepdims)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.sum(x, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
        return total / np.asarray(count, dtype)


def masked_min(x, /, *, axis=None, keepdims=False, initial=None, where=None):
    """Smallest of the picked elements and the initial value."""
    if initial is None:
        return np.min(x, axis=axis, keepdims=keepdims, where=everywhere(where))
    return np.min(x, axis=axis, keepdims=keepdims, initial=initial, where=everywhere(where))


def masked_prod(x, /, *, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    """Product of the picked elements and the initial value."""
    initial = 1 if initial is None else initial
    return np.prod(
        x, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=everywhere(where)
    )


def masked_std(x, /, *, axis=None, correction=0, keepdims=False, where=None):
    """Standard deviation of the picked elements; the divisor is their number - correction."""
    return np.sqrt(masked_var(x, axis=axis, correction=correction, keepdims=keepdims, where=where))


def masked_sum(x, /, *, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    """Sum of the picked elements and the initial value."""
    initial = 0 if initial is None else initial
    return np.sum(
        x, axis=axis, dtype=dtype, keepdims=keepdims, initial=initial, where=everywhere(where)
    )


def masked_var(x, /, *, axis=None, correction=0, keepdims=False, where=None):
    """Variance of the picked elements; the divisor is their number - correction."""
    dtype = float_dtype(x)
    where = np.broadcast_to(everywhere(where), np.shape(x))
    deviation = np.abs(x - masked_mean(x, axis=axis, keepdims=True, where=where)) ** 2
    divisor = np.sum(where, axis=axis, keepdims=keepdims) - correction
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.sum(deviation, axis=axis, keepdims=keepdims, where=where) / np.asarray(
            divisor, dtype
        )
    return np.where(divisor > 0, variance, np.asarray(np.nan, dtype))[()]


def log_softmax_where(x, /, *, axis=-1, where=None):
    """Logarithm of the softmax of the picked elements over one or more axes (all with None); -inf for the others."""
    shifted = x - masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where)
    total = masked_sum(np.exp(shifted), axis=axis, keepdims=True, where=where)
    return picked(shifted - np.log(total), where, -math.inf)


def softmax_where(x, /, *, axis=-1, where=None):
    """Softmax of the picked elements over one or more axes (all with None); 0 for the others."""
    shifted = x - masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where)
    powers = picked(np.exp(picked(shifted, where, 0)), where, 0)
    return powers / masked_sum(powers, axis=axis, keepdims=True)


def weighted_logsumexp(x, /, *, axis=None, b=None, keepdims=False, where=None):
    """log(sum(b * exp(x))) over the picked elements, without overflow."""
    largest = masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where)
    largest = np.where(np.isfinite(largest), largest, np.zeros_like(largest))
    powers = np.exp(x - largest)
    total = masked_sum(
        powers if b is None else b * powers, axis=axis, keepdims=keepdims, where=where
    )
    largest = largest if keepdims else largest.reshape(np.shape(total))
    return np.log(total) + largest
