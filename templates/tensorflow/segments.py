"""Largest and smallest elements of segments."""

import tensorflow as tf


def _or_infinity(found, data, infinity):
    """Infinities in place of the finite numbers that TensorFlow gives segments without elements."""
    if not data.dtype.is_floating:
        return found
    return tf.where(found == (data.dtype.min if infinity < 0 else data.dtype.max), tf.cast(infinity, data.dtype), found)


def segment_max_or_inf(data, segment_ids, /, *, num_segments=None):
    """Largest of the elements with the same segment number; -inf, or the lowest integer, for none."""
    count = tf.reduce_max(segment_ids) + 1 if num_segments is None else num_segments
    return _or_infinity(tf.math.unsorted_segment_max(data, segment_ids, count), data, -float("inf"))


def segment_min_or_inf(data, segment_ids, /, *, num_segments=None):
    """Smallest of the elements with the same segment number; inf, or the largest integer, for none."""
    count = tf.reduce_max(segment_ids) + 1 if num_segments is None else num_segments
    return _or_infinity(tf.math.unsorted_segment_min(data, segment_ids, count), data, float("inf"))
