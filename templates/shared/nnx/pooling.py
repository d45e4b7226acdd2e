"""The largest and the smallest values of windows, as flax.nnx has them."""

from ..flax_functions import flax_pool


def max_pool(inputs, /, window_shape, strides=None, padding="VALID"):
    """The largest value of each window; strides are one unless given."""
    return flax_pool(inputs, window_shape, strides, padding, "max")


def min_pool(inputs, /, window_shape, strides=None, padding="VALID"):
    """The smallest value of each window; strides are one unless given."""
    return -flax_pool(-inputs, window_shape, strides, padding, "max")
