"""Functional updates of parts of an array: ``x`` itself stays as it is; indices that occur twice count twice."""

import math

import numpy as np
import tensorflow as tf


def plain_index(index):
    """An index without tensors."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, slice):
        return slice(*(None if part is None else int(part) for part in (index.start, index.stop, index.step)))
    return index.numpy() if tf.is_tensor(index) else index


def updated(x, index, value, scatter):
    """x in which ``scatter(flat, places, values)`` has changed the places of an index."""
    count = math.prod(x.shape)
    places = np.arange(count).reshape(tuple(x.shape))[plain_index(index)]
    values = tf.reshape(tf.broadcast_to(tf.cast(value, x.dtype), places.shape), [-1])
    return tf.reshape(scatter(tf.reshape(x, [-1]), places.reshape(-1, 1), values), x.shape)


def add_at(x, index, value, /):
    """x with the value added at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_add)


def multiply_at(x, index, value, /):
    """x multiplied by the value at an index."""
    return updated(x, index, value, multiplied)


def multiplied(flat, places, values):
    """The elements at the places times the values."""
    count = tf.shape(flat)[0]
    return flat * tf.math.unsorted_segment_prod(values, places[:, 0], count)


def divide_at(x, index, value, /):
    """x divided by the value at an index."""
    return x / multiply_at(tf.ones_like(x), index, value)


def power_at(x, index, value, /):
    """x to the power of the value at an index."""
    return x ** multiply_at(tf.ones_like(x), index, value)


def minimum_at(x, index, value, /):
    """The smaller of x and the value at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_min)


def maximum_at(x, index, value, /):
    """The larger of x and the value at an index."""
    return updated(x, index, value, tf.tensor_scatter_nd_max)
