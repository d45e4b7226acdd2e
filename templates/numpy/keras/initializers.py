"""Initializers of Keras: functions of a shape."""

import inspect

import numpy as np

from ..random import default_generator
from .base import dtype_named


class Initializer:
    """Base of the initializers."""

    def __call__(self, shape, dtype=None):
        return np.array(self.values(tuple(shape)), dtype_named(dtype))

    def values(self, shape):
        """New numbers."""
        raise NotImplementedError

    # only if used
    def get_config(self):
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    # only if used
    @classmethod
    def from_config(cls, config):
        """A new initializer with these arguments."""
        return cls(**config)


class Zeros(Initializer):
    """Zeros."""

    def values(self, shape):
        return np.zeros(shape)


class Ones(Initializer):
    """Ones."""

    def values(self, shape):
        return np.ones(shape)


class Constant(Initializer):
    """One value, or an array of the shape."""

    def __init__(self, value=0.0):
        self.value = value

    def values(self, shape):
        return np.broadcast_to(self.value, shape)


class IdentityInitializer(Initializer):
    """A multiple of the identity matrix."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def values(self, shape):
        return self.gain * np.eye(*shape)


class RandomNormal(Initializer):
    """Normal numbers."""

    def __init__(self, mean=0.0, stddev=0.05):
        self.mean, self.stddev = mean, stddev

    def values(self, shape):
        return default_generator().standard_normal(shape) * self.stddev + self.mean


class RandomUniform(Initializer):
    """Evenly distributed numbers."""

    def __init__(self, minval=-0.05, maxval=0.05):
        self.minval, self.maxval = minval, maxval

    def values(self, shape):
        return default_generator().uniform(self.minval, self.maxval, shape)
