"""How Haiku's parameters start."""

import math

import torch

from ..keys import random_normal, random_truncated_normal, random_uniform
from .frames import next_rng_key


class Constant:
    """A constant."""

    def __init__(self, constant):
        self.constant = constant

    def __call__(self, shape, dtype=torch.float32):
        return torch.broadcast_to(torch.as_tensor(self.constant), shape).to(dtype)


class RandomNormal:
    """Normal numbers."""

    def __init__(self, stddev=1.0, mean=0.0):
        self.stddev, self.mean = stddev, mean

    def __call__(self, shape, dtype=torch.float32):
        return random_normal(next_rng_key(), shape, dtype) * self.stddev + self.mean


class TruncatedNormal:
    """Normal numbers between two bounds, which are counted in standard deviations."""

    def __init__(self, stddev=1.0, mean=0.0, lower=-2.0, upper=2.0):
        self.stddev, self.mean, self.lower, self.upper = stddev, mean, lower, upper

    def __call__(self, shape, dtype=torch.float32):
        numbers = random_truncated_normal(next_rng_key(), self.lower, self.upper, shape, dtype)
        return numbers * self.stddev + self.mean


class RandomUniform:
    """Uniform numbers."""

    def __init__(self, minval=0.0, maxval=1.0):
        self.minval, self.maxval = minval, maxval

    def __call__(self, shape, dtype=torch.float32):
        return random_uniform(next_rng_key(), shape, dtype, self.minval, self.maxval)


class VarianceScaling:
    """Numbers whose variance is scale over the fan-in, the fan-out or their mean."""

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", fan_in_axes=None):
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.fan_in_axes = fan_in_axes

    def fans(self, shape):
        """The numbers of inputs and outputs."""
        if len(shape) < 2:
            return math.prod(shape), math.prod(shape)
        axes = self.fan_in_axes
        if axes is None or len(shape) == 2:
            window = math.prod(shape[:-2])
            return shape[-2] * window, shape[-1] * window
        inner = math.prod(shape[axis] for axis in axes)
        return inner, math.prod(size for axis, size in enumerate(shape) if axis not in axes)

    def __call__(self, shape, dtype=torch.float32):
        fan_in, fan_out = self.fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, fan))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * deviation
            return RandomUniform(-limit, limit)(shape, dtype)
        if self.distribution == "normal":
            return RandomNormal(deviation)(shape, dtype)
        # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
        return TruncatedNormal(deviation / 0.87962566103423978)(shape, dtype)


class UniformScaling:
    """Uniform numbers of variance scale squared over the number of inputs."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, shape, dtype=torch.float32):
        limit = math.sqrt(3 / math.prod(shape[:-1])) * self.scale
        return RandomUniform(-limit, limit)(shape, dtype)


class Identity:
    """Identity matrices."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=torch.float32):
        return self.gain * torch.broadcast_to(
            torch.eye(shape[-2], shape[-1], dtype=dtype), tuple(shape)
        )


class Orthogonal:
    """Matrices with orthogonal rows along an axis, the other axes taken as one."""

    def __init__(self, scale=1.0, axis=-1):
        self.scale, self.axis = scale, axis

    def __call__(self, shape, dtype=torch.float32):
        rows = shape[self.axis]
        columns = math.prod(shape) // rows
        numbers = random_normal(next_rng_key(), (max(rows, columns), min(rows, columns)), dtype)
        q, r = torch.linalg.qr(numbers)
        q = q * torch.sign(torch.diagonal(r))
        q = q.T if rows < columns else q
        others = list(shape)
        del others[self.axis]
        return self.scale * torch.movedim(torch.reshape(q, (rows, *others)), 0, self.axis)
