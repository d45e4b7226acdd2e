"""Probability distributions with PyTorch's arguments, methods and shapes; parameters and values are not checked."""

import math

import numpy as np

from .math import digamma, erf, erfinv, lgamma, xlogy
from .random import default_generator, rand, randn


def as_floats(*values):
    """The values as floating-point arrays of one dtype and shape."""
    dtypes = [v.dtype for v in values if np.issubdtype(getattr(v, "dtype", int), np.floating)]
    dtype = np.result_type(*dtypes) if dtypes else np.float32
    return np.broadcast_arrays(*(np.asarray(value, dtype) for value in values))


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
        return self.rsample(sample_shape)

    @property
    def stddev(self):
        """Standard deviation of each number."""
        return np.sqrt(self.variance)

    # only if used
    def perplexity(self):
        """Exponential of the entropy."""
        return np.exp(self.entropy())

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
        super().__init__(np.shape(self.low))

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
        return np.log(inside) - np.log(high - low)

    # only if used
    def cdf(self, value):
        """Probability of smaller numbers."""
        value, low, high = as_floats(value, self.low, self.high)
        return np.clip((value - low) / (high - low), 0, 1)

    # only if used
    def icdf(self, value):
        """The number below which this share lies."""
        return value * (self.high - self.low) + self.low

    def entropy(self):
        """Expected negative logarithm of the density."""
        return np.log(self.high - self.low)

    def kl_to(self, other):
        """Divergence from another distribution, infinite where that has a smaller range."""
        outside = (other.low > self.low) | (other.high < self.high)
        return np.where(outside, math.inf, np.log((other.high - other.low) / (self.high - self.low)))


class Normal(Distribution):
    """Normal numbers with mean loc and standard deviation scale."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(np.shape(self.loc))

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
        return np.square(self.scale)

    def rsample(self, sample_shape=()):
        draws = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + draws * self.scale

    def log_prob(self, value):
        """Logarithm of the density."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return -np.square(value - loc) / (2 * np.square(scale)) - np.log(scale) - math.log(math.sqrt(2 * math.pi))

    # only if used
    def cdf(self, value):
        """Probability of smaller numbers."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return 0.5 * (1 + erf((value - loc) / (scale * math.sqrt(2))))

    # only if used
    def icdf(self, value):
        """The number below which this share lies."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        return loc + scale * math.sqrt(2) * erfinv(2 * value - 1)

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + np.log(self.scale)

    def kl_to(self, other):
        """Divergence from another normal distribution."""
        ratio = np.square(self.scale / other.scale)
        distance = np.square((self.loc - other.loc) / other.scale)
        return 0.5 * (ratio + distance - 1 - np.log(ratio))


class Laplace(Distribution):
    """Numbers with a density that falls exponentially on both sides of loc."""

    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(np.shape(self.loc))

    @property
    def mean(self):
        return self.loc

    @property
    def variance(self):
        return 2 * np.square(self.scale)

    def rsample(self, sample_shape=()):
        draws = 2 * rand(self._extended_shape(sample_shape), dtype=self.loc.dtype) - 1
        return self.loc - self.scale * np.sign(draws) * np.log1p(-np.abs(draws))

    def log_prob(self, value):
        """Logarithm of the density."""
        value, loc, scale = as_floats(value, self.loc, self.scale)
        distance = (value - loc) * np.sign(value - loc)
        return -np.log(2 * scale) - distance / scale

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 1 + np.log(2 * self.scale)


class Exponential(Distribution):
    """Positive numbers that fall off at a rate."""

    has_rsample = True

    def __init__(self, rate, validate_args=None):
        (self.rate,) = as_floats(rate)
        super().__init__(np.shape(self.rate))

    @property
    def mean(self):
        return 1 / self.rate

    @property
    def variance(self):
        return 1 / np.square(self.rate)

    def rsample(self, sample_shape=()):
        return -np.log1p(-rand(self._extended_shape(sample_shape), dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value):
        """Logarithm of the density."""
        value, rate = as_floats(value, self.rate)
        return np.log(rate) - rate * value

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 1 - np.log(self.rate)

    def kl_to(self, other):
        """Divergence from another exponential distribution."""
        ratio = other.rate / self.rate
        return ratio - 1 - np.log(ratio)


class Gamma(Distribution):
    """Gamma numbers with a shape (concentration) and a rate."""

    has_rsample = True

    def __init__(self, concentration, rate, validate_args=None):
        self.concentration, self.rate = as_floats(concentration, rate)
        super().__init__(np.shape(self.rate))

    @property
    def mean(self):
        return self.concentration / self.rate

    @property
    def variance(self):
        return self.concentration / np.square(self.rate)

    def rsample(self, sample_shape=()):
        return gamma_numbers(self.concentration, sample_shape) / self.rate

    def log_prob(self, value):
        """Logarithm of the density."""
        value, a, rate = as_floats(value, self.concentration, self.rate)
        return a * np.log(rate) + xlogy(a - 1, value) - rate * value - lgamma(a)

    def entropy(self):
        """Expected negative logarithm of the density."""
        a = self.concentration
        return a - np.log(self.rate) + lgamma(a) + (1 - a) * digamma(a)

    def kl_to(self, other):
        """Divergence from another gamma distribution."""
        a, b = self.concentration, other.concentration
        first = b * np.log(self.rate / other.rate) + lgamma(b) - lgamma(a)
        return first + (a - b) * digamma(a) + (other.rate - self.rate) * (a / self.rate)


class Beta(Distribution):
    """Beta numbers in (0, 1)."""

    has_rsample = True

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = as_floats(concentration1, concentration0)
        super().__init__(np.shape(self.concentration1))

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
        return a * b / (np.square(a + b) * (a + b + 1))

    def rsample(self, sample_shape=()):
        first = gamma_numbers(self.concentration1, sample_shape)
        return first / (first + gamma_numbers(self.concentration0, sample_shape))

    def log_prob(self, value):
        """Logarithm of the density."""
        value, a, b = as_floats(value, self.concentration1, self.concentration0)
        return xlogy(a - 1, value) + xlogy(b - 1, 1 - value) - log_beta(a, b)

    def entropy(self):
        """Expected negative logarithm of the density."""
        a, b = self.concentration1, self.concentration0
        rest = (a - 1) * digamma(a) + (b - 1) * digamma(b) - (a + b - 2) * digamma(a + b)
        return log_beta(a, b) - rest

    def kl_to(self, other):
        """Divergence from another beta distribution."""
        a, b, c, d = self.concentration1, self.concentration0, other.concentration1, other.concentration0
        rest = (a - c) * digamma(a) + (b - d) * digamma(b) + (c + d - a - b) * digamma(a + b)
        return log_beta(c, d) - log_beta(a, b) + rest


def log_beta(a, b):
    """Logarithm of the beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def gamma_numbers(concentration, sample_shape):
    """Gamma numbers of rate 1, never 0."""
    shape = (*sample_shape, *concentration.shape)
    draws = np.asarray(default_generator().standard_gamma(concentration, shape)).astype(concentration.dtype)
    return np.maximum(draws, np.finfo(draws.dtype).tiny)
