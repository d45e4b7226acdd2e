"""Arrays of other sizes, as jax.image makes them."""

import keras
import tensorflow as tf

from .resampling import resampling_weights


def resize_array(x, /, shape, method, antialias=True):
    """An array of this shape, with interpolated elements along the axes whose size differs."""
    if len(shape) != len(x.shape):
        raise ValueError(f"a shape of {len(shape)} axes for an array of {len(x.shape)}")
    if method != "nearest" and not x.dtype.is_floating:
        x = tf.cast(x, tf.float32)
    for axis, size in enumerate(shape):
        if size != x.shape[axis]:
            weights = tf.cast(resampling_weights(x.shape[axis], size, method, antialias), x.dtype)
            x = keras.ops.moveaxis(tf.tensordot(x, weights, axes=([axis], [0])), -1, axis)
    return x
