"""Reductions over the elements that a mask picks; without a mask, over all."""

import math

import keras
import tensorflow as tf

from .math import widened


def picked(x, where, other):
    """The elements that the mask picks, ``other`` in place of the rest."""
    return x if where is None else tf.where(where, x, tf.cast(other, x.dtype))


def counted(x, axis, keepdims, where):
    """How many elements a reduction takes in, in the dtype of x."""
    where = tf.ones_like(x, tf.bool) if where is None else tf.broadcast_to(where, tf.shape(x))
    return tf.cast(tf.math.count_nonzero(where, axis=axis, keepdims=keepdims), x.dtype)


def as_floating(x, dtype=None):
    """The array in a dtype; without one, integers and booleans as float32."""
    x = tf.convert_to_tensor(x)
    if dtype is not None:
        return tf.cast(x, dtype)
    return x if x.dtype.is_floating or x.dtype.is_complex else tf.cast(x, tf.float32)


def masked_all(x, /, *, axis=None, keepdims=False, where=None):
    """Whether all picked elements are true."""
    return tf.reduce_all(picked(tf.cast(x, tf.bool), where, True), axis=axis, keepdims=keepdims)


def masked_any(x, /, *, axis=None, keepdims=False, where=None):
    """Whether any picked element is true."""
    return tf.reduce_any(picked(tf.cast(x, tf.bool), where, False), axis=axis, keepdims=keepdims)


def masked_max(x, /, *, axis=None, keepdims=False, initial=None, where=None):
    """Largest of the picked elements and the initial value."""
    if initial is None and where is not None:
        raise ValueError("a maximum over a mask needs an initial value")
    x = tf.convert_to_tensor(x)
    result = tf.reduce_max(picked(x, where, initial), axis=axis, keepdims=keepdims)
    return result if initial is None else tf.maximum(result, tf.cast(initial, x.dtype))


def masked_mean(x, /, *, axis=None, dtype=None, keepdims=False, where=None):
    """Mean of the picked elements, NaN where there are none."""
    x = as_floating(x, dtype)
    total = tf.reduce_sum(picked(x, where, 0), axis=axis, keepdims=keepdims)
    return total / counted(x, axis, keepdims, where)


def masked_min(x, /, *, axis=None, keepdims=False, initial=None, where=None):
    """Smallest of the picked elements and the initial value."""
    if initial is None and where is not None:
        raise ValueError("a minimum over a mask needs an initial value")
    x = tf.convert_to_tensor(x)
    result = tf.reduce_min(picked(x, where, initial), axis=axis, keepdims=keepdims)
    return result if initial is None else tf.minimum(result, tf.cast(initial, x.dtype))


def masked_prod(x, /, *, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    """Product of the picked elements and the initial value."""
    result = tf.reduce_prod(picked(widened(x, dtype), where, 1), axis=axis, keepdims=keepdims)
    return result if initial is None else keras.ops.multiply(result, initial)


def masked_std(x, /, *, axis=None, correction=0, keepdims=False, where=None):
    """Standard deviation of the picked elements; the divisor is their number - correction."""
    return tf.sqrt(masked_var(x, axis=axis, correction=correction, keepdims=keepdims, where=where))


def masked_sum(x, /, *, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    """Sum of the picked elements and the initial value."""
    result = tf.reduce_sum(picked(widened(x, dtype), where, 0), axis=axis, keepdims=keepdims)
    return result if initial is None else keras.ops.add(result, initial)


def masked_var(x, /, *, axis=None, correction=0, keepdims=False, where=None):
    """Variance of the picked elements; the divisor is their number - correction."""
    x = as_floating(x)
    deviation = tf.abs(x - masked_mean(x, axis=axis, keepdims=True, where=where)) ** 2
    divisor = counted(deviation, axis, keepdims, where) - correction
    total = tf.reduce_sum(picked(deviation, where, 0), axis=axis, keepdims=keepdims)
    return tf.where(divisor > 0, total / divisor, float("nan"))


def log_softmax_where(x, /, *, axis=-1, where=None):
    """Logarithm of the softmax of the picked elements over one or more axes (all with None); -inf for the others."""
    shifted = x - tf.stop_gradient(
        masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where)
    )
    total = masked_sum(tf.exp(shifted), axis=axis, keepdims=True, where=where)
    return picked(shifted - tf.math.log(total), where, -math.inf)


def softmax_where(x, /, *, axis=-1, where=None):
    """Softmax of the picked elements over one or more axes (all with None); 0 for the others."""
    shifted = x - tf.stop_gradient(
        masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where)
    )
    powers = picked(tf.exp(picked(shifted, where, 0)), where, 0)
    return powers / masked_sum(powers, axis=axis, keepdims=True)


def weighted_logsumexp(x, /, *, axis=None, b=None, keepdims=False, where=None):
    """log(sum(b * exp(x))) over the picked elements, without overflow."""
    largest = tf.stop_gradient(
        masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where)
    )
    largest = tf.where(tf.math.is_finite(largest), largest, tf.zeros_like(largest))
    powers = tf.exp(x - largest)
    total = masked_sum(
        powers if b is None else b * powers, axis=axis, keepdims=keepdims, where=where
    )
    largest = largest if keepdims else tf.reshape(largest, total.shape)
    return tf.math.log(total) + largest
