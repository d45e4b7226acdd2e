"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import math

import numpy as np
import tensorflow as tf


def plain_index(index):
    """An index without tensors."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, slice):
        return slice(
            *(None if part is None else int(part) for part in (index.start, index.stop, index.step))
        )
    return index.numpy() if tf.is_tensor(index) else index


def updated(x, index, value, scatter):
    """x in which ``scatter(flat, places, values)`` has changed the places of an index."""
    count = math.prod(x.shape)
    places = np.arange(count).reshape(tuple(x.shape))[plain_index(index)]
    values = tf.reshape(tf.broadcast_to(tf.cast(value, x.dtype), places.shape), [-1])
    return tf.reshape(scatter(tf.reshape(x, [-1]), places.reshape(-1, 1), values), x.shape)


def at_set(x, index, value, /):
    """x with the value at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_update)


def at_add(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_add)


def at_subtract(x, index, value, /):
    """x with the value subtracted at an index."""
    return at_add(x, index, -value)


def at_apply(x, index, function, /):
    """x with a function applied to the elements at an index."""
    return at_set(x, index, function(x[index]))


def at_multiply(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(x, index, value, multiplied)


def multiplied(flat, places, values):
    """The elements at the places times the values."""
    count = tf.shape(flat)[0]
    return flat * tf.math.unsorted_segment_prod(values, places[:, 0], count)


def at_divide(x, index, value, /):
    """x divided by the value at an index."""
    return x / at_multiply(tf.ones_like(x), index, value)


def at_power(x, index, value, /):
    """x to the power of the value at an index."""
    return x ** at_multiply(tf.ones_like(x), index, value)


def at_min(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_min)


def at_max(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_max)
