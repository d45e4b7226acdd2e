"""Zeros, norms and steps over trees of parameters."""

import tensorflow as tf

from ..containers import tree_leaves, tree_map
from .transformations import stateless


def zero_count():
    """The number of steps before the first one."""
    return tf.zeros((), tf.int32)


def at_step(schedule, count):
    """The value of a schedule, which is given the number of steps as a float: TensorFlow promotes no dtypes."""
    return schedule(tf.cast(count, tf.float32))


def set_to_zero():
    """Updates that change nothing, for frozen parameters."""
    return stateless(lambda updates, params: tree_map(tf.zeros_like, updates))


def tree_norm(updates):
    """The Euclidean norm of all numbers of a tree."""
    return tf.sqrt(sum(tf.reduce_sum(tf.abs(leaf) ** 2) for leaf in tree_leaves(updates)))


def apply_updates(params, updates):
    """The parameters with the updates added."""
    return tree_map(lambda param, change: param + tf.cast(change, param.dtype), params, updates)


def scaled(factor, update):
    """An update times a number or an array without axes, in the dtype of the update."""
    return tf.cast(factor, update.dtype) * update
