"""Attributes that arrays of other libraries have and TensorFlow's have under another name."""

import math

import tensorflow as tf


def size_of(x):
    """The number of elements of a tensor; the attribute ``size`` of anything else."""
    if not tf.is_tensor(x):
        return x.size
    return math.prod(x.shape) if x.shape.is_fully_defined() else tf.size(x)
