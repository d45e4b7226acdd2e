"""Haiku's pooling."""

import keras
import tensorflow as tf

from .base import Module
from .places import spatial


def pooled(value, window_shape, strides, padding, channel_axis, mode):
    """The largest value ("max") or the mean ("avg") of each window, between the first axis and the channels."""
    if channel_axis not in (None, -1, len(value.shape) - 1):
        if not isinstance(window_shape, int) or not isinstance(strides, int):
            raise NotImplementedError(
                f"windows for each axis with the channels on axis {channel_axis}"
            )
        value = keras.ops.moveaxis(value, channel_axis, -1)
        y = pooled(value, window_shape, strides, padding, -1, mode)
        return keras.ops.moveaxis(y, -1, channel_axis)
    rank = len(value.shape) - 2
    window, steps = spatial(window_shape, rank), spatial(strides, rank)
    return tf.nn.pool(value, window, mode.upper(), steps, padding)


def max_pool(value, window_shape, strides, padding, /, channel_axis=-1):
    """The largest value of each window."""
    return pooled(value, window_shape, strides, padding, channel_axis, "max")


def avg_pool(value, window_shape, strides, padding, /, channel_axis=-1):
    """The mean of each window without padding."""
    return pooled(value, window_shape, strides, padding, channel_axis, "avg")


class MaxPool(Module):
    """The largest value of each window."""

    def __init__(self, window_shape, strides, padding, channel_axis=-1, name=None):
        super().__init__(name=name)
        self.window_shape, self.strides = window_shape, strides
        self.padding, self.channel_axis = padding, channel_axis

    def call(self, value):
        return max_pool(value, self.window_shape, self.strides, self.padding, self.channel_axis)


class AvgPool(Module):
    """The mean of each window without padding."""

    def __init__(self, window_shape, strides, padding, channel_axis=-1, name=None):
        super().__init__(name=name)
        self.window_shape, self.strides = window_shape, strides
        self.padding, self.channel_axis = padding, channel_axis

    def call(self, value):
        return avg_pool(value, self.window_shape, self.strides, self.padding, self.channel_axis)
