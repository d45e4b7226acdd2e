"""Functions with derivatives at kinks that are not those of TensorFlow and Keras: at zeros, where values are equal."""

import math

import keras
import tensorflow as tf

from .math import safe_norm


def rising_abs(x, /):
    """Absolute value; its gradient is one at zero, where that of `tf.abs` is zero."""
    x = tf.convert_to_tensor(x)
    return tf.where(x >= 0, x, -x) if x.dtype.is_floating else tf.abs(x)


def maximum(x1, x2, /):
    """Larger elements; equal ones share the gradient, where `tf.maximum` gives it to the first."""
    larger = keras.ops.maximum(x1, x2)
    if not larger.dtype.is_floating:
        return larger
    x1, x2 = tf.cast(x1, larger.dtype), tf.cast(x2, larger.dtype)
    return tf.where(x1 == x2, 0.5 * x1 + 0.5 * x2, larger)


def minimum(x1, x2, /):
    """Smaller elements; equal ones share the gradient, where `tf.minimum` gives it to the first."""
    smaller = tf.minimum(x1, x2)
    return (
        tf.where(x1 == x2, 0.5 * x1 + 0.5 * x2, smaller) if smaller.dtype.is_floating else smaller
    )


def halving_clip(x, /, min=None, max=None):
    """x within bounds; its gradient is a half at the bounds, where that of `tf.clip_by_value` is one."""
    x = x if min is None else maximum(x, min)
    return x if max is None else minimum(x, max)


def smooth_hypot(x1, x2, /):
    """sqrt(x1**2 + x2**2); where both are equal, Keras' `hypot` doubles the gradient."""
    size = tf.stop_gradient(keras.ops.hypot(x1, x2))
    scale = tf.where(size == 0, tf.ones_like(size), size)
    return (
        size
        + (x1 / scale) * (x1 - tf.stop_gradient(x1))
        + (x2 / scale) * (x2 - tf.stop_gradient(x2))
    )


def smooth_logaddexp(x1, x2, /):
    """log(exp(x1) + exp(x2)); where both are equal, Keras' `logaddexp` doubles the gradient."""
    larger = tf.stop_gradient(tf.maximum(x1, x2))
    finite = tf.where(tf.math.is_finite(larger), larger, tf.zeros_like(larger))
    return finite + tf.math.log(tf.exp(x1 - finite) + tf.exp(x2 - finite))


def smooth_logaddexp2(x1, x2, /):
    """log2(2**x1 + 2**x2); where both are equal, Keras' `logaddexp2` doubles the gradient."""
    two = math.log(2)
    return smooth_logaddexp(x1 * two, x2 * two) / two


def safe_atan2(x1, x2, /):
    """Angle of the points (x2, x1); its gradient is zero at the origin."""
    origin = (x1 == 0) & (x2 == 0)
    angle = tf.atan2(x1, tf.where(origin, tf.ones_like(x2), x2))
    return tf.where(
        origin, tf.stop_gradient(tf.atan2(x1, x2)), tf.where(origin, tf.zeros_like(angle), angle)
    )


def safe_array_norm(x, /, *, ord=None, axis=None, keepdims=False):
    """Norm of vectors, matrices or the flattened array; that of squares has a zero gradient at zero."""
    if ord in (None, "fro") or (ord == 2 and isinstance(axis, int)):
        return safe_norm(x, axis=axis, keepdims=keepdims)
    return keras.ops.norm(x, ord=ord, axis=axis, keepdims=keepdims)


def safe_matrix_norm(x, /, *, ord="fro", axis=(-2, -1), keepdims=False):
    """Norm of matrices; that of squares has a zero gradient at zero."""
    return safe_array_norm(x, ord=ord, axis=axis, keepdims=keepdims)


def closed_hardtanh(input, /, min_val=-1.0, max_val=1.0):
    """Elements limited to [min_val, max_val]; the gradient is one at both bounds."""
    return tf.clip_by_value(input, min_val, max_val)


def rising_leaky_relu(input, /, negative_slope=0.01):
    """Identity at and above zero, negative_slope * x below it."""
    return tf.where(input >= 0, input, negative_slope * input)
