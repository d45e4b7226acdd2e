"""Initializers of Keras that draw numbers."""

from .base import orthogonal, scaled, truncated
from .initializers import Initializer


class TruncatedNormal(Initializer):
    """Normal numbers within two standard deviations."""

    def __init__(self, mean=0.0, stddev=0.05):
        self.mean, self.stddev = mean, stddev

    def values(self, shape):
        return truncated(shape, self.stddev) + self.mean


class Orthogonal(Initializer):
    """A matrix with orthogonal rows or columns; all axes but the last are its rows."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def values(self, shape):
        return orthogonal(shape, self.gain)


class VarianceScaling(Initializer):
    """Numbers whose variance is scale over the fan in, the fan out or their mean."""

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal"):
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def values(self, shape):
        return scaled(shape, self.scale, self.mode, self.distribution)


class GlorotUniform(VarianceScaling):
    """Evenly distributed numbers of variance 2 / (fan in + fan out)."""

    def __init__(self):
        super().__init__(1.0, "fan_avg", "uniform")


class GlorotNormal(VarianceScaling):
    """Truncated normal numbers of variance 2 / (fan in + fan out)."""

    def __init__(self):
        super().__init__(1.0, "fan_avg", "truncated_normal")


class HeUniform(VarianceScaling):
    """Evenly distributed numbers of variance 2 / fan in."""

    def __init__(self):
        super().__init__(2.0, "fan_in", "uniform")


class HeNormal(VarianceScaling):
    """Truncated normal numbers of variance 2 / fan in."""

    def __init__(self):
        super().__init__(2.0, "fan_in", "truncated_normal")


class LecunUniform(VarianceScaling):
    """Evenly distributed numbers of variance 1 / fan in."""

    def __init__(self):
        super().__init__(1.0, "fan_in", "uniform")


class LecunNormal(VarianceScaling):
    """Truncated normal numbers of variance 1 / fan in."""

    def __init__(self):
        super().__init__(1.0, "fan_in", "truncated_normal")
