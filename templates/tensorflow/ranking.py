"""Ranks of values in their order."""

import keras
import tensorflow as tf


def rankdata(x, /, *, method="average", axis=None):
    """The rank of each value, from 1; ties get what the method says, and all is NaN along an axis with a NaN."""
    x = tf.convert_to_tensor(x)
    values = tf.reshape(x, [-1]) if axis is None else keras.ops.moveaxis(x, axis, -1)
    order = tf.argsort(values, stable=True)
    places = tf.argsort(order, stable=True)
    ordered = tf.gather(values, order, batch_dims=values.shape.rank - 1)
    if method == "ordinal":
        ranks = places + 1
    elif method == "dense":
        later = tf.cast(ordered[..., 1:] != ordered[..., :-1], tf.int32)
        first = tf.concat([tf.ones_like(places[..., :1]), later], -1)
        ranks = tf.gather(tf.cumsum(first, -1), places, batch_dims=values.shape.rank - 1)
    else:
        least, most = tf.searchsorted(ordered, values) + 1, tf.searchsorted(ordered, values, side="right")
        ranks = {"average": (least + most) / 2, "min": least, "max": most}[method]
    ranks = tf.cast(ranks, x.dtype if x.dtype.is_floating else tf.float32)
    if x.dtype.is_floating:
        unknown = tf.reduce_any(tf.math.is_nan(values), -1, keepdims=True)
        ranks = tf.where(unknown, tf.constant(float("nan"), ranks.dtype), ranks)
    return ranks if axis is None else keras.ops.moveaxis(ranks, -1, axis)
