"""Probability distributions with PyTorch's arguments, methods and shapes; parameters and values are not checked."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .kinks import clamp
from .random import draw_key, rand, randn


def as_floats(*values):
    """The values as floating-point arrays of one dtype and shape."""
    values = [value if isinstance(value, (bool, int, float)) else jnp.asarray(value) for value in values]
    dtype = jnp.result_type(float, *values)
    return jnp.broadcast_arrays(*(jnp.asarray(value, dtype) for value in values))


class Distribution:
    """Base of distributions: draws have the shape sample_shape + batch_shape + event_shape."""

    has_rsample = False
    _validate_args = False

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape, self._event_shape = tuple(batch_shape), tuple(event_shape)

    @property
    def batch_shape(self):
        """Shape of the distributions that stand side by side."""
        return self._batch_shape

    @property
    def event_shape(self):
        """Shape of one draw of one distribution."""
        return self._event_shape

    def _extended_shape(self, sample_shape=()):
        return (*sample_shape, *self.batch_shape, *self.event_shape)

    def rsample(self, sample_shape=()):
        """Numbers through which gradients flow to the parameters."""
        raise NotImplementedError(f"{type(self).__name__} draws no differentiable numbers")

    def sample(self, sample_shape=()):
        """Numbers without gradient."""
        return lax.stop_gradient(self.rsample(sample_shape))

    @property
    def stddev(self):
        """Standard deviation of each number."""
        return jnp.sqrt(self.variance)

    # only if used
    def perplexity(self):
        """Exponential of the entropy."""
        return jnp.exp(self.entropy())

    def kl_to(self, other):
        """Divergence from another distribution of the same class."""
        raise NotImplementedError(f"no divergence is known of {type(self).__name__}")


def divergence(p, q):
    """Kullback-Leibler divergence of q from p, two distributions of one class."""
    if type(p) is not type(q):
        raise NotImplementedError(f"no divergence is known of {type(q).__name__} from {type(p).__name__}")
    return p.kl_to(q)


class Uniform(Distribution):
    """Uniform numbers in [low, high)."""

    has_rsample = True

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = as_floats(low, high)
        super().__init__(jnp.shape(self.low))

    def rsample(self, sample_shape=()):
        draws = rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + draws * (self.high - self.low)

    @property
    def mean(self):
        return (self.high + self.low) / 2

    @property
    def variance(self):
        return (self.high - self.low) ** 2 / 12

    def log_prob(self, value):
        """Logarithm of the density, minus infinity outside."""
        value, low, high = as_floats(value, self.low, self.high)
        inside = ((low <= value) & (value < high)).astype(low.dtype)
        return jnp.log(inside) - jnp.log(high - low)

    # only if used
    def cdf(self, value):
        """Probability of smaller numbers."""
        value, low, high = as_floats(value, self.low, self.high)
        return clamp((value - low) / (high - low), 0, 1)

    # only if used
    def icdf(self, value):
        """The number below which this share lies."""
        return value * (self.high - self.low) + self.low

    def entropy(self):
        """Expected negative logarithm of the density."""
        return jnp.log(self.high - self.low)

    def kl_to(self, other):
        """Divergence from another distribution, infinite where that has a smaller range."""
        outside = (other.low > self.low) | (other.high < self.high)
        return jnp.where(outside, math.inf, jnp.log((other.high - other.low) / (self.high - self.low)))


class Normal(Distribution):
    """Normal numbers with mean loc and standard deviation scale."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(jnp.shape(self.loc))

    @property
    def mean(self):
        return self.loc

    @property
    def mode(self):
        return self.loc

    @property
    def stddev(self):
        return self.scale

    @property
    def variance(self):
        return jnp.square(self.scale)

    def rsample(self, sample_shape=()):
        draws = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + draws * self.scale

    def log_prob(self, value):
        """Logarithm of the density."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return -jnp.square(value - loc) / (2 * jnp.square(scale)) - jnp.log(scale) - math.log(math.sqrt(2 * math.pi))

    # only if used
    def cdf(self, value):
        """Probability of smaller numbers."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return 0.5 * (1 + special.erf((value - loc) / (scale * math.sqrt(2))))

    # only if used
    def icdf(self, value):
        """The number below which this share lies."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return loc + scale * math.sqrt(2) * special.erfinv(2 * value - 1)

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + jnp.log(self.scale)

    def kl_to(self, other):
        """Divergence from another normal distribution."""
        ratio = jnp.square(self.scale / other.scale)
        distance = jnp.square((self.loc - other.loc) / other.scale)
        return 0.5 * (ratio + distance - 1 - jnp.log(ratio))


class Laplace(Distribution):
    """Numbers with a density that falls exponentially on both sides of loc."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(jnp.shape(self.loc))

    @property
    def mean(self):
        return self.loc

    @property
    def variance(self):
        return 2 * jnp.square(self.scale)

    def rsample(self, sample_shape=()):
        draws = 2 * rand(self._extended_shape(sample_shape), dtype=self.loc.dtype) - 1
        return self.loc - self.scale * jnp.sign(draws) * jnp.log1p(-jnp.abs(draws))

    def log_prob(self, value):
        """Logarithm of the density."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        distance = (value - loc) * jnp.sign(value - loc)
        return -jnp.log(2 * scale) - distance / scale

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 1 + jnp.log(2 * self.scale)


class Exponential(Distribution):
    """Positive numbers that fall off at a rate."""

    has_rsample = True

    def __init__(self, rate, validate_args=None):
        (self.rate,) = as_floats(rate)
        super().__init__(jnp.shape(self.rate))

    @property
    def mean(self):
        return 1 / self.rate

    @property
    def variance(self):
        return 1 / jnp.square(self.rate)

    def rsample(self, sample_shape=()):
        return -jnp.log1p(-rand(self._extended_shape(sample_shape), dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value):
        """Logarithm of the density."""
        value, rate = as_floats(value, self.rate)
        return jnp.log(rate) - rate * value

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 1 - jnp.log(self.rate)

    def kl_to(self, other):
        """Divergence from another exponential distribution."""
        ratio = other.rate / self.rate
        return ratio - 1 - jnp.log(ratio)


class Gamma(Distribution):
    """Gamma numbers with a shape (concentration) and a rate."""

    has_rsample = True

    def __init__(self, concentration, rate, validate_args=None):
        self.concentration, self.rate = as_floats(concentration, rate)
        super().__init__(jnp.shape(self.rate))

    @property
    def mean(self):
        return self.concentration / self.rate

    @property
    def variance(self):
        return self.concentration / jnp.square(self.rate)

    def rsample(self, sample_shape=()):
        return gamma_numbers(self.concentration, sample_shape) / self.rate

    def log_prob(self, value):
        """Logarithm of the density."""
        value, a, rate = as_floats(value, self.concentration, self.rate)
        return a * jnp.log(rate) + special.xlogy(a - 1, value) - rate * value - special.gammaln(a)

    def entropy(self):
        """Expected negative logarithm of the density."""
        a = self.concentration
        return a - jnp.log(self.rate) + special.gammaln(a) + (1 - a) * special.digamma(a)

    def kl_to(self, other):
        """Divergence from another gamma distribution."""
        a, b = self.concentration, other.concentration
        first = b * jnp.log(self.rate / other.rate) + special.gammaln(b) - special.gammaln(a)
        return first + (a - b) * special.digamma(a) + (other.rate - self.rate) * (a / self.rate)


class Beta(Distribution):
    """Beta numbers in (0, 1)."""

    has_rsample = True

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = as_floats(concentration1, concentration0)
        super().__init__(jnp.shape(self.concentration1))

    @property
    def mean(self):
        return self.concentration1 / (self.concentration1 + self.concentration0)

    # only if used
    @property
    def mode(self):
        return (self.concentration1 - 1) / (self.concentration1 + self.concentration0 - 2)

    @property
    def variance(self):
        a, b = self.concentration1, self.concentration0
        return a * b / (jnp.square(a + b) * (a + b + 1))

    def rsample(self, sample_shape=()):
        first = gamma_numbers(self.concentration1, sample_shape)
        return first / (first + gamma_numbers(self.concentration0, sample_shape))

    def log_prob(self, value):
        """Logarithm of the density."""
        value, a, b = as_floats(value, self.concentration1, self.concentration0)
        return special.xlogy(a - 1, value) + special.xlogy(b - 1, 1 - value) - log_beta(a, b)

    def entropy(self):
        """Expected negative logarithm of the density."""
        a, b = self.concentration1, self.concentration0
        rest = (a - 1) * special.digamma(a) + (b - 1) * special.digamma(b) - (a + b - 2) * special.digamma(a + b)
        return log_beta(a, b) - rest

    def kl_to(self, other):
        """Divergence from another beta distribution."""
        a, b, c, d = self.concentration1, self.concentration0, other.concentration1, other.concentration0
        rest = (a - c) * special.digamma(a) + (b - d) * special.digamma(b) + (c + d - a - b) * special.digamma(a + b)
        return log_beta(c, d) - log_beta(a, b) + rest


def log_beta(a, b):
    """Logarithm of the beta function."""
    return special.gammaln(a) + special.gammaln(b) - special.gammaln(a + b)


def gamma_numbers(concentration, sample_shape):
    """Gamma numbers of rate 1, never 0."""
    shape = (*sample_shape, *jnp.shape(concentration))
    draws = jax.random.gamma(draw_key(), concentration, shape, concentration.dtype)
    return jnp.maximum(draws, jnp.finfo(draws.dtype).tiny)
