"""Random numbers with NumPy's names and float64."""

import numpy as np
import tensorflow as tf


class RandomStream:
    """A stream of random numbers with NumPy's distributions; the same seed gives other numbers than NumPy's."""

    def __init__(self, seed=None):
        self.seed(seed)

    def seed(self, seed=None):
        """Start anew; without a seed from the system's randomness."""
        make = tf.random.Generator
        self.generator = make.from_non_deterministic_state() if seed is None else make.from_seed(int(seed))

    def shape(self, size, *parameters):
        """The shape of a draw: the stated one, or that of the parameters."""
        if size is None:
            return np.broadcast_shapes(*(tf.convert_to_tensor(p).shape for p in parameters))
        return (size,) if isinstance(size, int) else tuple(size)

    def random(self, size=None):
        """Numbers in [0, 1)."""
        return self.generator.uniform(self.shape(size), dtype=tf.float64)

    def random_sample(self, size=None):
        """Numbers in [0, 1)."""
        return self.random(size)

    def rand(self, *shape):
        """Numbers in [0, 1)."""
        return self.random(shape)

    def uniform(self, low=0.0, high=1.0, size=None):
        """Numbers in [low, high)."""
        return low + (high - low) * self.random(self.shape(size, low, high))

    def standard_normal(self, size=None):
        """Normally distributed numbers."""
        return self.generator.normal(self.shape(size), dtype=tf.float64)

    def randn(self, *shape):
        """Normally distributed numbers."""
        return self.standard_normal(shape)

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Normally distributed numbers with a mean and a standard deviation."""
        return loc + scale * self.standard_normal(self.shape(size, loc, scale))

    def exponential(self, scale=1.0, size=None):
        """Exponentially distributed numbers with a mean."""
        return -scale * tf.math.log1p(-self.random(self.shape(size, scale)))

    def poisson(self, lam=1.0, size=None):
        """Counts with a mean."""
        seed = self.generator.make_seeds()[:, 0]
        rates = tf.broadcast_to(tf.cast(lam, tf.float64), self.shape(size, lam))
        return tf.random.stateless_poisson(rates.shape, seed, rates, dtype=tf.int64)

    def integers(self, low, high=None, size=None):
        """Integers from low (or 0) up to high, which is left out."""
        low, high = (0, low) if high is None else (low, high)
        return self.generator.uniform(self.shape(size), low, high, dtype=tf.int64)

    def randint(self, low, high=None, size=None):
        """Integers from low (or 0) up to high, which is left out."""
        return self.integers(low, high, size)

    def permutation(self, x):
        """The integers below x, or the rows of x, in random order."""
        order = tf.argsort(self.random(x if isinstance(x, int) else len(x)))
        return tf.cast(order, tf.int64) if isinstance(x, int) else tf.gather(x, order)

    def choice(self, a, size=None, replace=True, p=None):
        """Elements of a (or of the integers below it), each as probable as p states."""
        values = tf.range(a, dtype=tf.int64) if isinstance(a, int) else tf.convert_to_tensor(a)
        shape = self.shape(size)
        count = int(np.prod(shape))
        logits = tf.zeros(len(values), tf.float64) if p is None else tf.math.log(tf.cast(p, tf.float64))
        rows = (count, len(values)) if replace else (len(values),)
        noise = logits - tf.math.log(-tf.math.log(self.random(rows)))
        picked = tf.argmax(noise, axis=-1) if replace else tf.argsort(noise, direction="DESCENDING")[:count]
        return tf.gather(values, tf.reshape(picked, shape))

    def gamma(self, shape, scale=1.0, size=None):
        """Gamma-distributed numbers."""
        seed = self.generator.make_seeds()[:, 0]
        size, shape = self.shape(size, shape, scale), tf.cast(shape, tf.float64)
        return scale * tf.random.stateless_gamma(size, seed, shape, dtype=tf.float64)

    def beta(self, a, b, size=None):
        """Beta-distributed numbers."""
        size = self.shape(size, a, b)
        first, second = self.gamma(a, size=size), self.gamma(b, size=size)
        return first / (first + second)

    def dirichlet(self, alpha, size=None):
        """Rows of shares that sum to one."""
        alpha = tf.cast(alpha, tf.float64)
        parts = self.gamma(alpha, size=(*self.shape(size), *alpha.shape))
        return parts / tf.reduce_sum(parts, axis=-1, keepdims=True)

    def binomial(self, n, p, size=None):
        """How many of n trials succeed."""
        seed, counts = self.generator.make_seeds()[:, 0], tf.cast(n, tf.float64)
        chances = tf.cast(p, tf.float64)
        return tf.random.stateless_binomial(self.shape(size, n, p), seed, counts, chances, output_dtype=tf.int64)

    def multivariate_normal(self, mean, cov, size=None):
        """Rows of a normal distribution with a mean and a covariance matrix."""
        values, vectors = tf.linalg.eigh(tf.cast(cov, tf.float64))
        noise = self.standard_normal((*self.shape(size), len(mean)))
        scaled = noise * tf.sqrt(tf.maximum(values, 0))
        return tf.cast(mean, tf.float64) + tf.linalg.matvec(vectors, scaled)

    def shuffle(self, x):
        """Bring a list into random order, in place."""
        if tf.is_tensor(x):
            raise NotImplementedError("a tensor is not shuffled in place: use x = rng.permutation(x)")
        x[:] = [x[i] for i in self.permutation(len(x)).numpy()]


def permutation(rows, /):
    """The rows of an array, or the integers below it, in random order."""
    return tf.random.shuffle(tf.range(rows, dtype=tf.int64) if isinstance(rows, int) else rows)


def normal_wide(mean=0.0, std=1.0, /, *, shape=()):
    """Normally distributed numbers, float64."""
    return mean + std * tf.random.normal((shape,) if isinstance(shape, int) else shape, dtype=tf.float64)


def uniform_wide(low=0.0, high=1.0, /, *, shape=()):
    """Uniformly distributed numbers, float64."""
    return low + (high - low) * tf.random.uniform((shape,) if isinstance(shape, int) else shape, dtype=tf.float64)
