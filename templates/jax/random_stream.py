"""Random numbers with NumPy's names."""

import secrets

import jax
import jax.numpy as jnp

from .random import rand, randn


class RandomStream:
    """A stream of random numbers with NumPy's distributions; the same seed gives other numbers than NumPy's.

    Each draw splits the key that the object holds, so that draws inside ``jax.jit`` repeat: draw outside.
    """

    def __init__(self, seed=None):
        self.seed(seed)

    def seed(self, seed=None):
        """Start anew; without a seed from the system's randomness."""
        self.key = jax.random.key(secrets.randbits(31) if seed is None else int(seed))

    def next_key(self):
        """A key that was not used before."""
        self.key, key = jax.random.split(self.key)
        return key

    def shape(self, size, *parameters):
        """The shape of a draw: the stated one, or that of the parameters."""
        if size is None:
            return jnp.broadcast_shapes(*map(jnp.shape, parameters))
        return (size,) if isinstance(size, int) else tuple(size)

    def random(self, size=None):
        """Numbers in [0, 1)."""
        return jax.random.uniform(self.next_key(), self.shape(size))

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
        return jax.random.normal(self.next_key(), self.shape(size))

    def randn(self, *shape):
        """Normally distributed numbers."""
        return self.standard_normal(shape)

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Normally distributed numbers with a mean and a standard deviation."""
        return loc + scale * self.standard_normal(self.shape(size, loc, scale))

    def exponential(self, scale=1.0, size=None):
        """Exponentially distributed numbers with a mean."""
        return scale * jax.random.exponential(self.next_key(), self.shape(size, scale))

    def poisson(self, lam=1.0, size=None):
        """Counts with a mean."""
        return jax.random.poisson(self.next_key(), lam, self.shape(size, lam))

    def integers(self, low, high=None, size=None):
        """Integers from low (or 0) up to high, which is left out."""
        low, high = (0, low) if high is None else (low, high)
        return jax.random.randint(self.next_key(), self.shape(size, low, high), low, high)

    def randint(self, low, high=None, size=None):
        """Integers from low (or 0) up to high, which is left out."""
        return self.integers(low, high, size)

    def permutation(self, x):
        """The integers below x, or the rows of x, in random order."""
        return jax.random.permutation(self.next_key(), x if isinstance(x, int) else jnp.asarray(x))

    def choice(self, a, size=None, replace=True, p=None):
        """Elements of a (or of the integers below it), each as probable as p states."""
        a, p = (value if value is None or isinstance(value, int) else jnp.asarray(value) for value in (a, p))
        return jax.random.choice(self.next_key(), a, self.shape(size), replace, p)

    def gamma(self, shape, scale=1.0, size=None):
        """Gamma-distributed numbers."""
        return scale * jax.random.gamma(self.next_key(), shape, self.shape(size, shape, scale))

    def beta(self, a, b, size=None):
        """Beta-distributed numbers."""
        return jax.random.beta(self.next_key(), a, b, self.shape(size, a, b))

    def dirichlet(self, alpha, size=None):
        """Rows of shares that sum to one."""
        return jax.random.dirichlet(self.next_key(), jnp.asarray(alpha, float), self.shape(size))

    def binomial(self, n, p, size=None):
        """How many of n trials succeed."""
        return jax.random.binomial(self.next_key(), n, p, self.shape(size, n, p)).astype(int)

    def multivariate_normal(self, mean, cov, size=None):
        """Rows of a normal distribution with a mean and a covariance matrix."""
        mean, cov = jnp.asarray(mean, float), jnp.asarray(cov, float)
        return jax.random.multivariate_normal(self.next_key(), mean, cov, self.shape(size), method="eigh")

    def shuffle(self, x):
        """Bring a list into random order, in place."""
        if isinstance(x, jax.Array):
            raise NotImplementedError("an array of JAX is not shuffled in place: use x = rng.permutation(x)")
        x[:] = [x[i] for i in self.permutation(len(x)).tolist()]


def normal_wide(mean=0.0, std=1.0, /, *, shape=()):
    """Normally distributed numbers."""
    return mean + std * randn(shape)


def uniform_wide(low=0.0, high=1.0, /, *, shape=()):
    """Uniformly distributed numbers."""
    return low + (high - low) * rand(shape)
