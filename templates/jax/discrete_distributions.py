"""Distributions of indices and of zeros and ones."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .distributions import Distribution, as_floats
from .kinks import clamp
from .random import rand


class Bernoulli(Distribution):
    """1 with probability probs, else 0; logits may be given instead."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("either probs or logits must be given")
        if logits is None:
            (self.probs,) = as_floats(probs)
            inside = clamp_probs(self.probs)
            self.logits = jnp.log(inside) - jnp.log1p(-inside)
        else:
            (self.logits,) = as_floats(logits)
            self.probs = jax.nn.sigmoid(self.logits)
        super().__init__(jnp.shape(self.probs))

    @property
    def mean(self):
        return self.probs

    # only if used
    @property
    def mode(self):
        return jnp.where(self.probs == 0.5, math.nan, (self.probs >= 0.5).astype(self.probs.dtype))

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        draws = rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)
        return lax.stop_gradient((draws < self.probs).astype(self.probs.dtype))

    def log_prob(self, value):
        """Logarithm of the probability."""
        value, logits = as_floats(value, self.logits)
        return value * logits - jax.nn.softplus(logits)

    def entropy(self):
        """Expected negative logarithm of the probability."""
        return jax.nn.softplus(self.logits) - self.probs * self.logits

    def kl_to(self, other):
        """Divergence from another Bernoulli distribution."""
        p, q = self.probs, other.probs
        first = jnp.where(p == 0, 0.0, p * (jax.nn.softplus(-other.logits) - jax.nn.softplus(-self.logits)))
        first = jnp.where((q == 0) & (p > 0), math.inf, first)
        second = jnp.where(p == 1, 0.0, (1 - p) * (jax.nn.softplus(other.logits) - jax.nn.softplus(self.logits)))
        return first + jnp.where((q == 1) & (p < 1), math.inf, second)


def clamp_probs(probs):
    """Probabilities away from 0 and 1 by the precision of their dtype."""
    eps = jnp.finfo(probs.dtype).eps
    return clamp(probs, eps, 1 - eps)


class Categorical(Distribution):
    """Indices along the last axis with probabilities probs, or with the unnormalised logarithms logits."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("either probs or logits must be given")
        if logits is None:
            (probs,) = as_floats(probs)
            self.probs = probs / jnp.sum(probs, axis=-1, keepdims=True)
            self.logits = jnp.log(clamp_probs(self.probs))
        else:
            (logits,) = as_floats(logits)
            self.logits = logits - special.logsumexp(logits, axis=-1, keepdims=True)
            self.probs = jax.nn.softmax(self.logits, axis=-1)
        super().__init__(jnp.shape(self.probs)[:-1])

    # only if used
    @property
    def param_shape(self):
        return jnp.shape(self.probs)

    # only if used
    @property
    def mode(self):
        return jnp.argmax(self.probs, axis=-1)

    def sample(self, sample_shape=()):
        draws = rand((*sample_shape, *jnp.shape(self.probs)), dtype=self.probs.dtype)
        return jnp.argmax(self.logits - jnp.log(-jnp.log(draws)), axis=-1)

    def log_prob(self, value):
        """Logarithm of the probability of indices."""
        return pick_last(self.logits, value)

    def entropy(self):
        """Expected negative logarithm of the probability."""
        logits = jnp.maximum(self.logits, jnp.finfo(self.logits.dtype).min)
        return -jnp.sum(logits * self.probs, axis=-1)

    # only if used
    def enumerate_support(self, expand=True):
        """All indices along a new first axis."""
        count = self.logits.shape[-1]
        indices = jnp.reshape(jnp.arange(count), (count, *[1] * len(self.batch_shape)))
        return jnp.broadcast_to(indices, (count, *self.batch_shape)) if expand else indices

    def kl_to(self, other):
        """Divergence from another categorical distribution."""
        difference = jnp.where(other.probs == 0, math.inf, self.logits - other.logits)
        return jnp.sum(jnp.where(self.probs == 0, 0.0, self.probs * difference), axis=-1)


def pick_last(x, indices):
    """The elements of x that indices choose along the last axis; both broadcast before that."""
    indices = jnp.asarray(indices).astype(int)
    shape = jnp.broadcast_shapes(indices.shape, x.shape[:-1])
    rows = jnp.broadcast_to(x, (*shape, x.shape[-1]))
    return jnp.take_along_axis(rows, jnp.broadcast_to(indices, shape)[..., None], axis=-1)[..., 0]


class OneHotCategorical(Distribution):
    """Rows with a single 1, at the indices that a categorical distribution draws."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        self.base = Categorical(probs, logits)
        self.probs, self.logits = self.base.probs, self.base.logits
        super().__init__(self.base.batch_shape, jnp.shape(self.probs)[-1:])

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    # only if used
    @property
    def mode(self):
        return jax.nn.one_hot(jnp.argmax(self.probs, axis=-1), self.event_shape[0], dtype=self.probs.dtype)

    def sample(self, sample_shape=()):
        return jax.nn.one_hot(self.base.sample(sample_shape), self.event_shape[0], dtype=self.probs.dtype)

    def log_prob(self, value):
        """Logarithm of the probability of rows."""
        return self.base.log_prob(jnp.argmax(value, axis=-1))

    def entropy(self):
        """Expected negative logarithm of the probability."""
        return self.base.entropy()

    def kl_to(self, other):
        """Divergence from another one-hot distribution."""
        return self.base.kl_to(other.base)


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """A one-hot distribution whose draws have the gradient of the probabilities."""

    has_rsample = True

    def rsample(self, sample_shape=()):
        return self.sample(sample_shape) + (self.probs - lax.stop_gradient(self.probs))
