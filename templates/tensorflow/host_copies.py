"""Copies of arrays between TensorFlow and NumPy."""

import tensorflow as tf


def from_host(value):
    """An array or number of NumPy as a tensor."""
    return tf.convert_to_tensor(value)


def host_value(value):
    """A tensor as an array of NumPy, a dtype as NumPy's; other values as they are."""
    if isinstance(value, tf.DType):
        return value.as_numpy_dtype
    return value.numpy() if isinstance(value, (tf.Tensor, tf.Variable)) else value
