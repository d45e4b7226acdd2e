"""Haiku's pooling."""

import numpy as np

from ..channels_last import pool
from .base import Module
from .places import spatial


def pooled(value, window_shape, strides, padding, channel_axis, mode):
    """The largest value ("max") or the mean ("avg") of each window, between the first axis and the channels."""
    if channel_axis not in (None, -1, value.ndim - 1):
        if not isinstance(window_shape, int) or not isinstance(strides, int):
            raise NotImplementedError(
                f"windows for each axis with the channels on axis {channel_axis}"
            )
        value = np.moveaxis(value, channel_axis, -1)
        y = pooled(value, window_shape, strides, padding, -1, mode)
        return np.moveaxis(y, -1, channel_axis)
    rank = value.ndim - 2
    return pool(value, spatial(window_shape, rank), mode, spatial(strides, rank), padding)


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

    def __call__(self, value):
        return max_pool(value, self.window_shape, self.strides, self.padding, self.channel_axis)


class AvgPool(Module):
    """The mean of each window without padding."""

    def __init__(self, window_shape, strides, padding, channel_axis=-1, name=None):
        super().__init__(name=name)
        self.window_shape, self.strides = window_shape, strides
        self.padding, self.channel_axis = padding, channel_axis

    def __call__(self, value):
        return avg_pool(value, self.window_shape, self.strides, self.padding, self.channel_axis)
