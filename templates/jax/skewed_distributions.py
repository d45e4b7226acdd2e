"""Distributions of positive numbers: log-normal numbers, and counts."""

import math

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .distributions import Distribution, as_floats
from .random import poisson, randn


class LogNormal(Distribution):
    """Numbers whose logarithms are normal with mean loc and standard deviation scale."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(jnp.shape(self.loc))

    @property
    def mean(self):
        return jnp.exp(self.loc + jnp.square(self.scale) / 2)

    @property
    def mode(self):
        return jnp.exp(self.loc - jnp.square(self.scale))

    @property
    def variance(self):
        return jnp.expm1(jnp.square(self.scale)) * jnp.exp(2 * self.loc + jnp.square(self.scale))

    def rsample(self, sample_shape=()):
        draws = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return jnp.exp(self.loc + draws * self.scale)

    def log_prob(self, value):
        """Logarithm of the density."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        root = jnp.log(value)
        distance = jnp.square(root - loc) / (2 * jnp.square(scale))
        return -distance - jnp.log(scale) - math.log(math.sqrt(2 * math.pi)) - root

    # only if used
    def cdf(self, value):
        """Probability of smaller numbers."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return 0.5 * (1 + special.erf((jnp.log(value) - loc) / (scale * math.sqrt(2))))

    # only if used
    def icdf(self, value):
        """The number below which this share lies."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return jnp.exp(loc + scale * math.sqrt(2) * special.erfinv(2 * value - 1))

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + jnp.log(self.scale) + self.loc

    def kl_to(self, other):
        """Divergence from another log-normal distribution."""
        ratio = jnp.square(self.scale / other.scale)
        return 0.5 * (ratio + jnp.square((self.loc - other.loc) / other.scale) - 1 - jnp.log(ratio))


class Poisson(Distribution):
    """Counts of events that happen at a rate."""

    def __init__(self, rate, validate_args=None):
        (self.rate,) = as_floats(rate)
        super().__init__(jnp.shape(self.rate))

    @property
    def mean(self):
        return self.rate

    @property
    def mode(self):
        return jnp.floor(self.rate)

    @property
    def variance(self):
        return self.rate

    def sample(self, sample_shape=()):
        """Numbers without gradient."""
        return lax.stop_gradient(poisson(jnp.broadcast_to(self.rate, self._extended_shape(sample_shape))))

    def log_prob(self, value):
        """Logarithm of the probability."""
        value, rate = as_floats(value, self.rate)
        return special.xlogy(value, rate) - rate - special.gammaln(value + 1)

    def kl_to(self, other):
        """Divergence from another Poisson distribution."""
        return self.rate * (jnp.log(self.rate) - jnp.log(other.rate)) - (self.rate - other.rate)
