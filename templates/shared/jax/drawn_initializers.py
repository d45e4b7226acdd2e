"""Initializers of JAX that draw numbers."""

import math

from .keys import random_normal, random_truncated_normal, random_uniform


def init_normal(stddev=0.01):
    """An initialiser that draws normal numbers."""
    return lambda key, shape, dtype=None: random_normal(key, shape, dtype) * stddev


def init_uniform(scale=0.01):
    """An initialiser that draws uniform numbers in [0, scale)."""
    return lambda key, shape, dtype=None: random_uniform(key, shape, dtype) * scale


def init_truncated_normal(stddev=0.01):
    """An initialiser that draws normal numbers within two standard deviations, of this standard deviation."""
    scale = stddev / 0.87962566103423978
    return (
        lambda key, shape, dtype=None: random_truncated_normal(key, -2.0, 2.0, shape, dtype) * scale
    )


def init_variance_scaling(scale, mode, distribution, in_axis=-2, out_axis=-1):
    """An initialiser whose variance is ``scale`` over the fan-in, the fan-out or their mean."""

    def init(key, shape, dtype=None):
        fans = [math.prod(shape) / shape[axis] for axis in (out_axis, in_axis)]
        fan = {"fan_in": fans[0], "fan_out": fans[1], "fan_avg": sum(fans) / 2}[mode]
        deviation = math.sqrt(scale / fan)
        if distribution == "uniform":
            return random_uniform(key, shape, dtype, -1.0, 1.0) * (math.sqrt(3) * deviation)
        if distribution == "normal":
            return init_normal(deviation)(key, shape, dtype)
        return init_truncated_normal(deviation)(key, shape, dtype)

    return init
