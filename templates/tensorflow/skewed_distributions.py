"""Distributions of positive numbers: log-normal numbers, and counts."""

import math

import tensorflow as tf

from .distributions import Distribution, as_floats
from .random import poisson, randn
from .shape import shape_of


class LogNormal(Distribution):
    """Numbers whose logarithms are normal with mean loc and standard deviation scale."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(shape_of(self.loc))

    @property
    def mean(self):
        return tf.exp(self.loc + tf.square(self.scale) / 2)

    @property
    def mode(self):
        return tf.exp(self.loc - tf.square(self.scale))

    @property
    def variance(self):
        return tf.math.expm1(tf.square(self.scale)) * tf.exp(2 * self.loc + tf.square(self.scale))

    def rsample(self, sample_shape=()):
        draws = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return tf.exp(self.loc + draws * self.scale)

    def log_prob(self, value):
        """Logarithm of the density."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        root = tf.math.log(value)
        distance = tf.square(root - loc) / (2 * tf.square(scale))
        return -distance - tf.math.log(scale) - math.log(math.sqrt(2 * math.pi)) - root

    # only if used
    def cdf(self, value):
        """Probability of smaller numbers."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return 0.5 * (1 + tf.math.erf((tf.math.log(value) - loc) / (scale * math.sqrt(2))))

    # only if used
    def icdf(self, value):
        """The number below which this share lies."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return tf.exp(loc + scale * math.sqrt(2) * tf.math.erfinv(2 * value - 1))

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + tf.math.log(self.scale) + self.loc

    def kl_to(self, other):
        """Divergence from another log-normal distribution."""
        ratio = tf.square(self.scale / other.scale)
        return 0.5 * (ratio + tf.square((self.loc - other.loc) / other.scale) - 1 - tf.math.log(ratio))


class Poisson(Distribution):
    """Counts of events that happen at a rate."""

    def __init__(self, rate, validate_args=None):
        (self.rate,) = as_floats(rate)
        super().__init__(shape_of(self.rate))

    @property
    def mean(self):
        return self.rate

    @property
    def mode(self):
        return tf.floor(self.rate)

    @property
    def variance(self):
        return self.rate

    def sample(self, sample_shape=()):
        """Numbers without gradient."""
        return tf.stop_gradient(poisson(tf.broadcast_to(self.rate, self._extended_shape(sample_shape))))

    def log_prob(self, value):
        """Logarithm of the probability."""
        value, rate = as_floats(value, self.rate)
        return tf.math.xlogy(value, rate) - rate - tf.math.lgamma(value + 1)

    def kl_to(self, other):
        """Divergence from another Poisson distribution."""
        return self.rate * (tf.math.log(self.rate) - tf.math.log(other.rate)) - (self.rate - other.rate)
