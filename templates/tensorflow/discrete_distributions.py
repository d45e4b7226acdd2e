"""Distributions of indices and of zeros and ones."""

import math

import numpy as np
import tensorflow as tf

from .distributions import Distribution, as_floats
from .random import rand
from .shape import shape_of


class Bernoulli(Distribution):
    """1 with probability probs, else 0; logits may be given instead."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("either probs or logits must be given")
        if logits is None:
            (self.probs,) = as_floats(probs)
            inside = clamp_probs(self.probs)
            self.logits = tf.math.log(inside) - tf.math.log1p(-inside)
        else:
            (self.logits,) = as_floats(logits)
            self.probs = tf.sigmoid(self.logits)
        super().__init__(shape_of(self.probs))

    @property
    def mean(self):
        return self.probs

    # only if used
    @property
    def mode(self):
        return tf.where(
            self.probs == 0.5, tf.constant(math.nan, self.probs.dtype), tf.cast(self.probs >= 0.5, self.probs.dtype)
        )

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        draws = rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)
        return tf.stop_gradient(tf.cast(draws < self.probs, self.probs.dtype))

    def log_prob(self, value):
        """Logarithm of the probability."""
        value, logits = as_floats(value, self.logits)
        return value * logits - tf.math.softplus(logits)

    def entropy(self):
        """Expected negative logarithm of the probability."""
        return tf.math.softplus(self.logits) - self.probs * self.logits

    def kl_to(self, other):
        """Divergence from another Bernoulli distribution."""
        p, q = self.probs, other.probs
        first = tf.where(p == 0, 0.0, p * (tf.math.softplus(-other.logits) - tf.math.softplus(-self.logits)))
        first = tf.where((q == 0) & (p > 0), math.inf, first)
        second = tf.where(p == 1, 0.0, (1 - p) * (tf.math.softplus(other.logits) - tf.math.softplus(self.logits)))
        return first + tf.where((q == 1) & (p < 1), math.inf, second)


def clamp_probs(probs):
    """Probabilities away from 0 and 1 by the precision of their dtype."""
    eps = np.finfo(probs.dtype.as_numpy_dtype).eps
    return tf.clip_by_value(probs, eps, 1 - eps)


class Categorical(Distribution):
    """Indices along the last axis with probabilities probs, or with the unnormalised logarithms logits."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("either probs or logits must be given")
        if logits is None:
            (probs,) = as_floats(probs)
            self.probs = probs / tf.reduce_sum(probs, axis=-1, keepdims=True)
            self.logits = tf.math.log(clamp_probs(self.probs))
        else:
            (logits,) = as_floats(logits)
            self.logits = logits - tf.reduce_logsumexp(logits, axis=-1, keepdims=True)
            self.probs = tf.nn.softmax(self.logits, axis=-1)
        super().__init__(shape_of(self.probs)[:-1])

    # only if used
    @property
    def param_shape(self):
        return shape_of(self.probs)

    # only if used
    @property
    def mode(self):
        return tf.argmax(self.probs, axis=-1)

    def sample(self, sample_shape=()):
        draws = rand((*sample_shape, *shape_of(self.probs)), dtype=self.probs.dtype)
        return tf.argmax(self.logits - tf.math.log(-tf.math.log(draws)), axis=-1)

    def log_prob(self, value):
        """Logarithm of the probability of indices."""
        return pick_last(self.logits, value)

    def entropy(self):
        """Expected negative logarithm of the probability."""
        logits = tf.maximum(self.logits, self.logits.dtype.min)
        return -tf.reduce_sum(logits * self.probs, axis=-1)

    # only if used
    def enumerate_support(self, expand=True):
        """All indices along a new first axis."""
        count = self.logits.shape[-1]
        indices = tf.reshape(tf.range(count, dtype=tf.int64), (count, *[1] * len(self.batch_shape)))
        return tf.broadcast_to(indices, (count, *self.batch_shape)) if expand else indices

    def kl_to(self, other):
        """Divergence from another categorical distribution."""
        difference = tf.where(other.probs == 0, math.inf, self.logits - other.logits)
        return tf.reduce_sum(tf.where(self.probs == 0, 0.0, self.probs * difference), axis=-1)


def pick_last(x, indices):
    """The elements of x that indices choose along the last axis; both broadcast before that."""
    indices = tf.cast(indices, tf.int32)
    shape = tf.broadcast_dynamic_shape(tf.shape(indices), tf.shape(x)[:-1])
    rows = tf.broadcast_to(x, tf.concat([shape, tf.shape(x)[-1:]], 0))
    indices = tf.broadcast_to(indices, shape)
    return tf.gather(rows, indices, axis=-1, batch_dims=len(indices.shape))


class OneHotCategorical(Distribution):
    """Rows with a single 1, at the indices that a categorical distribution draws."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        self.base = Categorical(probs, logits)
        self.probs, self.logits = self.base.probs, self.base.logits
        super().__init__(self.base.batch_shape, shape_of(self.probs)[-1:])

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    # only if used
    @property
    def mode(self):
        return tf.one_hot(tf.argmax(self.probs, axis=-1), self.event_shape[0], dtype=self.probs.dtype)

    def sample(self, sample_shape=()):
        return tf.one_hot(self.base.sample(sample_shape), self.event_shape[0], dtype=self.probs.dtype)

    def log_prob(self, value):
        """Logarithm of the probability of rows."""
        return self.base.log_prob(tf.argmax(value, axis=-1))

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
        return self.sample(sample_shape) + (self.probs - tf.stop_gradient(self.probs))
