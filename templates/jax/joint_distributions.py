"""Distributions of vectors, and of several independent numbers."""

import math

import jax
import jax.numpy as jnp
from jax.scipy import special

from .distributions import Distribution, as_floats, divergence, gamma_numbers
from .random import randn


class Dirichlet(Distribution):
    """Probabilities along the last axis."""

    has_rsample = True

    def __init__(self, concentration, validate_args=None):
        (self.concentration,) = as_floats(concentration)
        shape = jnp.shape(self.concentration)
        super().__init__(shape[:-1], shape[-1:])

    @property
    def mean(self):
        return self.concentration / jnp.sum(self.concentration, axis=-1, keepdims=True)

    @property
    def variance(self):
        total = jnp.sum(self.concentration, axis=-1, keepdims=True)
        return self.mean * (1 - self.mean) / (total + 1)

    def rsample(self, sample_shape=()):
        draws = gamma_numbers(self.concentration, sample_shape)
        return draws / jnp.sum(draws, axis=-1, keepdims=True)

    def log_prob(self, value):
        """Logarithm of the density."""
        value, a = as_floats(value, self.concentration)
        total = special.gammaln(jnp.sum(a, axis=-1)) - jnp.sum(special.gammaln(a), axis=-1)
        return jnp.sum(special.xlogy(a - 1, value), axis=-1) + total

    def entropy(self):
        """Expected negative logarithm of the density."""
        a = self.concentration
        count, total = a.shape[-1], jnp.sum(a, axis=-1)
        rest = (count - total) * special.digamma(total) + jnp.sum((a - 1) * special.digamma(a), axis=-1)
        return jnp.sum(special.gammaln(a), axis=-1) - special.gammaln(total) - rest

    def kl_to(self, other):
        """Divergence from another Dirichlet distribution."""
        a, b = self.concentration, other.concentration
        total = jnp.sum(a, axis=-1)
        first = special.gammaln(total) - special.gammaln(jnp.sum(b, axis=-1))
        second = jnp.sum(special.gammaln(a) - special.gammaln(b), axis=-1)
        return first - second + jnp.sum((a - b) * (special.digamma(a) - special.digamma(total)[..., None]), axis=-1)


class Independent(Distribution):
    """A distribution whose last axes are one event: its probabilities are products over them."""

    def __init__(self, base_distribution, reinterpreted_batch_ndims, validate_args=None):
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = count = reinterpreted_batch_ndims
        self.has_rsample = base_distribution.has_rsample
        shape = base_distribution.batch_shape
        kept = len(shape) - count
        super().__init__(shape[:kept], (*shape[kept:], *base_distribution.event_shape))

    @property
    def mean(self):
        return self.base_dist.mean

    # only if used
    @property
    def mode(self):
        return self.base_dist.mode

    @property
    def variance(self):
        return self.base_dist.variance

    def rsample(self, sample_shape=()):
        return self.base_dist.rsample(sample_shape)

    def sample(self, sample_shape=()):
        return self.base_dist.sample(sample_shape)

    def log_prob(self, value):
        """Logarithm of the density of whole events."""
        return self._total(self.base_dist.log_prob(value))

    def entropy(self):
        """Expected negative logarithm of the density."""
        return self._total(self.base_dist.entropy())

    def kl_to(self, other):
        """Divergence from another distribution with events of as many axes."""
        if self.reinterpreted_batch_ndims != other.reinterpreted_batch_ndims:
            raise NotImplementedError("the events of both distributions must have as many axes")
        return self._total(divergence(self.base_dist, other.base_dist))

    def _total(self, x):
        return jnp.sum(x, axis=tuple(range(-self.reinterpreted_batch_ndims, 0)))


class MultivariateNormal(Distribution):
    """Normal vectors with mean loc and a covariance: itself, its inverse or its lower Cholesky factor."""

    has_rsample = True

    def __init__(self, loc, covariance_matrix=None, precision_matrix=None, scale_tril=None, validate_args=None):
        given = [m for m in (covariance_matrix, precision_matrix, scale_tril) if m is not None]
        if len(given) != 1:
            raise ValueError("one of covariance_matrix, precision_matrix and scale_tril must be given")
        if precision_matrix is not None:
            covariance_matrix = jnp.linalg.inv(precision_matrix)
        factor = jnp.linalg.cholesky(covariance_matrix) if scale_tril is None else scale_tril
        row, self.scale_tril = as_floats(jnp.asarray(loc)[..., None, :], factor)
        self.loc = row[..., 0, :]
        shape = jnp.shape(self.loc)
        super().__init__(shape[:-1], shape[-1:])

    @property
    def mean(self):
        return self.loc

    # only if used
    @property
    def mode(self):
        return self.loc

    # only if used
    @property
    def covariance_matrix(self):
        return self.scale_tril @ self.scale_tril.mT

    # only if used
    @property
    def precision_matrix(self):
        return jnp.linalg.inv(self.covariance_matrix)

    @property
    def variance(self):
        return jnp.sum(jnp.square(self.scale_tril), axis=-1)

    def rsample(self, sample_shape=()):
        draws = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self.scale_tril @ draws[..., None])[..., 0]

    def log_prob(self, value):
        """Logarithm of the density."""
        difference = (value - self.loc)[..., None]
        factor = jnp.broadcast_to(self.scale_tril, (*jnp.shape(difference)[:-1], self.loc.shape[-1]))
        distance = jnp.sum(jnp.square(jax.scipy.linalg.solve_triangular(factor, difference, lower=True)), axis=(-2, -1))
        return -0.5 * (self.loc.shape[-1] * math.log(2 * math.pi) + distance) - self._half_log_det()

    def entropy(self):
        """Expected negative logarithm of the density."""
        return 0.5 * self.loc.shape[-1] * (1 + math.log(2 * math.pi)) + self._half_log_det()

    def kl_to(self, other):
        """Divergence from another normal distribution."""
        inverse = jnp.linalg.inv(other.scale_tril)
        spread = jnp.sum(jnp.square(inverse @ self.scale_tril), axis=(-2, -1))
        distance = jnp.sum(jnp.square(inverse @ (other.loc - self.loc)[..., None]), axis=(-2, -1))
        half = other._half_log_det() - self._half_log_det()
        return half + 0.5 * (spread + distance - self.loc.shape[-1])

    def _half_log_det(self):
        return jnp.sum(jnp.log(jnp.diagonal(self.scale_tril, axis1=-2, axis2=-1)), axis=-1)
