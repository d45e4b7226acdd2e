"""Distributions of indices and of zeros and ones."""

import math

import numpy as np

from .distributions import Distribution, as_floats
from .functional import sigmoid, softplus
from .math import logsumexp
from .random import rand


class Bernoulli(Distribution):
    """1 with probability probs, else 0; logits may be given instead."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("either probs or logits must be given")
        if logits is None:
            (self.probs,) = as_floats(probs)
            inside = clamp_probs(self.probs)
            self.logits = np.log(inside) - np.log1p(-inside)
        else:
            (self.logits,) = as_floats(logits)
            self.probs = sigmoid(self.logits)
        super().__init__(np.shape(self.probs))

    @property
    def mean(self):
        return self.probs

    # only if used
    @property
    def mode(self):
        return np.where(self.probs == 0.5, math.nan, (self.probs >= 0.5).astype(self.probs.dtype))

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        draws = rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)
        return (draws < self.probs).astype(self.probs.dtype)

    def log_prob(self, value):
        """Logarithm of the probability."""
        value, logits = as_floats(value, self.logits)
        return value * logits - softplus(logits)

    def entropy(self):
        """Expected negative logarithm of the probability."""
        return softplus(self.logits) - self.probs * self.logits

    def kl_to(self, other):
        """Divergence from another Bernoulli distribution."""
        p, q = self.probs, other.probs
        first = np.where(p == 0, 0.0, p * (softplus(-other.logits) - softplus(-self.logits)))
        first = np.where((q == 0) & (p > 0), math.inf, first)
        second = np.where(p == 1, 0.0, (1 - p) * (softplus(other.logits) - softplus(self.logits)))
        return first + np.where((q == 1) & (p < 1), math.inf, second)


def clamp_probs(probs):
    """Probabilities away from 0 and 1 by the precision of their dtype."""
    eps = np.finfo(probs.dtype).eps
    return np.clip(probs, eps, 1 - eps)


class Categorical(Distribution):
    """Indices along the last axis with probabilities probs, or with the unnormalised logarithms logits."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("either probs or logits must be given")
        if logits is None:
            (probs,) = as_floats(probs)
            self.probs = probs / np.sum(probs, axis=-1, keepdims=True)
            self.logits = np.log(clamp_probs(self.probs))
        else:
            (logits,) = as_floats(logits)
            self.logits = logits - logsumexp(logits, axis=-1, keepdims=True)
            self.probs = np.exp(self.logits)
        super().__init__(np.shape(self.probs)[:-1])

    # only if used
    @property
    def param_shape(self):
        return np.shape(self.probs)

    # only if used
    @property
    def mode(self):
        return np.argmax(self.probs, axis=-1)

    def sample(self, sample_shape=()):
        draws = rand((*sample_shape, *np.shape(self.probs)), dtype=self.probs.dtype)
        return np.argmax(self.logits - np.log(-np.log(draws)), axis=-1)

    def log_prob(self, value):
        """Logarithm of the probability of indices."""
        return pick_last(self.logits, value)

    def entropy(self):
        """Expected negative logarithm of the probability."""
        logits = np.maximum(self.logits, np.finfo(self.logits.dtype).min)
        return -np.sum(logits * self.probs, axis=-1)

    # only if used
    def enumerate_support(self, expand=True):
        """All indices along a new first axis."""
        count = self.logits.shape[-1]
        indices = np.reshape(np.arange(count), (count, *[1] * len(self.batch_shape)))
        return np.broadcast_to(indices, (count, *self.batch_shape)) if expand else indices

    def kl_to(self, other):
        """Divergence from another categorical distribution."""
        difference = np.where(other.probs == 0, math.inf, self.logits - other.logits)
        return np.sum(np.where(self.probs == 0, 0.0, self.probs * difference), axis=-1)


def pick_last(x, indices):
    """The elements of x that indices choose along the last axis; both broadcast before that."""
    indices = np.asarray(indices).astype(np.int64)
    shape = np.broadcast_shapes(indices.shape, x.shape[:-1])
    rows = np.broadcast_to(x, (*shape, x.shape[-1]))
    return np.take_along_axis(rows, np.broadcast_to(indices, shape)[..., None], axis=-1)[..., 0]


class OneHotCategorical(Distribution):
    """Rows with a single 1, at the indices that a categorical distribution draws."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        self.base = Categorical(probs, logits)
        self.probs, self.logits = self.base.probs, self.base.logits
        super().__init__(self.base.batch_shape, np.shape(self.probs)[-1:])

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    # only if used
    @property
    def mode(self):
        return np.eye(self.event_shape[0], dtype=self.probs.dtype)[np.argmax(self.probs, axis=-1)]

    def sample(self, sample_shape=()):
        return np.eye(self.event_shape[0], dtype=self.probs.dtype)[self.base.sample(sample_shape)]

    def log_prob(self, value):
        """Logarithm of the probability of rows."""
        return self.base.log_prob(np.argmax(value, axis=-1))

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
        return self.sample(sample_shape) + self.probs - self.probs
