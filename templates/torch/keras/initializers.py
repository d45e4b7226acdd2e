"""Initializers of Keras: functions of a shape."""

import inspect

import torch

from .base import dtype_named


class Initializer:
    """Base of the initializers."""

    def __call__(self, shape, dtype=None):
        return self.values(tuple(shape)).to(dtype_named(dtype))

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
        return torch.zeros(shape)


class Ones(Initializer):
    """Ones."""

    def values(self, shape):
        return torch.ones(shape)


class Constant(Initializer):
    """One value, or an array of the shape."""

    def __init__(self, value=0.0):
        self.value = value

    def values(self, shape):
        return torch.as_tensor(self.value).expand(shape).clone()


class IdentityInitializer(Initializer):
    """A multiple of the identity matrix."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def values(self, shape):
        return self.gain * torch.eye(*shape)


class RandomNormal(Initializer):
    """Normal numbers."""

    def __init__(self, mean=0.0, stddev=0.05):
        self.mean, self.stddev = mean, stddev

    def values(self, shape):
        return torch.randn(shape) * self.stddev + self.mean


class RandomUniform(Initializer):
    """Evenly distributed numbers."""

    def __init__(self, minval=-0.05, maxval=0.05):
        self.minval, self.maxval = minval, maxval

    def values(self, shape):
        return torch.empty(shape).uniform_(self.minval, self.maxval)
