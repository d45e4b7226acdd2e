"""Random numbers drawn from a `np.random.Generator`: a given one, or one for the whole process."""

import functools

import numpy as np

from .shape import as_tuple


@functools.cache
def default_generator():
    """The `np.random.Generator` that functions draw from when they are given none."""
    return np.random.default_rng()


def pick_generator(generator=None):
    """The given generator, or the process-wide one."""
    return default_generator() if generator is None else generator


def seed_generator(generator, seed, /):
    """Seed a generator and return it."""
    generator.bit_generator.state = np.random.default_rng(seed % 2**64).bit_generator.state
    return generator


def manual_seed(seed, /):
    """Seed the process-wide generator and return it."""
    return seed_generator(default_generator(), seed)


def rand(shape, /, *, dtype=None, generator=None):
    """Uniform numbers in [0, 1)."""
    dtype = np.dtype(dtype or np.float32)
    source = pick_generator(generator)
    drawn = np.float64 if dtype.itemsize > 4 else np.float32
    return np.asarray(source.random(as_tuple(shape), drawn)).astype(dtype)


def rand_like(x, /, *, dtype=None, generator=None):
    """Uniform numbers in [0, 1) of the shape of x."""
    return rand(x.shape, dtype=dtype or x.dtype, generator=generator)


def randn(shape, /, *, dtype=None, generator=None):
    """Standard normal numbers."""
    draws = pick_generator(generator).standard_normal(as_tuple(shape))
    return np.asarray(draws).astype(dtype or np.float32)


def randn_like(x, /, *, dtype=None, generator=None):
    """Standard normal numbers of the shape of x."""
    return randn(x.shape, dtype=dtype or x.dtype, generator=generator)


def randint(high, shape, /, *, low=0, dtype=None, generator=None):
    """Whole numbers in [low, high)."""
    draws = pick_generator(generator).integers(low, high, as_tuple(shape))
    return np.asarray(draws).astype(dtype or np.int64)


def randint_like(x, high, /, *, low=0, dtype=None, generator=None):
    """Whole numbers in [low, high) of the shape of x."""
    return randint(high, x.shape, low=low, dtype=dtype or x.dtype, generator=generator)


def integers_like(x, high, /, *, low=0, generator=None):
    """Whole numbers in [low, high) of the shape and dtype of x."""
    return randint(high, x.shape, low=low, dtype=x.dtype, generator=generator)


def randperm(n, /, *, dtype=None, generator=None):
    """A random order of 0 to n - 1."""
    return pick_generator(generator).permutation(n).astype(dtype or np.int64)


def normal(mean=0.0, std=1.0, /, *, shape=None, dtype=None, generator=None):
    """Normal numbers; mean and std are numbers or arrays that broadcast."""
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std)) if shape is None else shape
    dtype = dtype or getattr(mean, "dtype", getattr(std, "dtype", None))
    return mean + std * randn(shape, dtype=dtype, generator=generator)


def normal_like(x, /, *, mean=0.0, std=1.0, generator=None):
    """Normal numbers of the shape and dtype of x."""
    return mean + std * randn_like(x, generator=generator)


def uniform_like(x, /, *, low=0.0, high=1.0, generator=None):
    """Uniform numbers in [low, high) of the shape and dtype of x."""
    return low + (high - low) * rand_like(x, generator=generator)


def exponential_like(x, /, *, rate=1.0, generator=None):
    """Exponential numbers of the shape and dtype of x."""
    draws = pick_generator(generator).standard_exponential(x.shape)
    return np.asarray(draws / rate).astype(x.dtype)


def bernoulli(x, /, *, p=None, generator=None):
    """0 or 1 for each element: 1 with the probability in x, or p everywhere."""
    draws = pick_generator(generator).random(x.shape)
    return np.asarray(draws < (x if p is None else p)).astype(x.dtype)


def bernoulli_like(x, /, *, p=0.5, generator=None):
    """0 or 1, 1 with probability p, of the shape and dtype of x."""
    return bernoulli(x, p=p, generator=generator)


def poisson(x, /, *, generator=None):
    """Poisson numbers with the rates in x, in the dtype of x."""
    return np.asarray(pick_generator(generator).poisson(x)).astype(x.dtype)


def multinomial(x, num_samples, /, *, replacement=False, generator=None):
    """Indices drawn along the last axis with the weights in x."""
    source, size = pick_generator(generator), x.shape[-1]
    rows = [
        source.choice(size, num_samples, replace=replacement, p=row / row.sum())
        for row in x.reshape(-1, size).astype(np.float64)
    ]
    return np.asarray(rows, np.int64).reshape(*x.shape[:-1], num_samples)


def as_floats(*values):
    """The values as floating-point arrays of one dtype and shape."""
    dtypes = [v.dtype for v in values if np.issubdtype(getattr(v, "dtype", int), np.floating)]
    dtype = np.result_type(*dtypes) if dtypes else np.float32
    return np.broadcast_arrays(*(np.asarray(value, dtype) for value in values))


class Distribution:
    """Base of distributions: `sample` and `rsample` draw arrays of shape sample_shape + batch_shape."""

    def __init__(self, batch_shape=()):
        self.batch_shape = tuple(batch_shape)

    def rsample(self, sample_shape=()):
        """The same as `sample` where the distribution has parameters that could be differentiated."""
        raise NotImplementedError(f"{type(self).__name__} draws no differentiable numbers")

    def sample(self, sample_shape=()):
        """Numbers of shape sample_shape + batch_shape."""
        return self.rsample(sample_shape)


class Uniform(Distribution):
    """Uniform numbers in [low, high)."""

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = as_floats(low, high)
        super().__init__(self.low.shape)

    def rsample(self, sample_shape=()):
        draws = rand((*sample_shape, *self.batch_shape), dtype=self.low.dtype)
        return self.low + draws * (self.high - self.low)


class Normal(Distribution):
    """Normal numbers with mean loc and standard deviation scale."""

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self.loc.shape)

    def rsample(self, sample_shape=()):
        draws = randn((*sample_shape, *self.batch_shape), dtype=self.loc.dtype)
        return self.loc + draws * self.scale


class Bernoulli(Distribution):
    """1 with probability probs, else 0; logits may be given instead."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        (self.probs,) = as_floats(1 / (1 + np.exp(-logits)) if probs is None else probs)
        super().__init__(self.probs.shape)

    def sample(self, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        return bernoulli(np.broadcast_to(self.probs, shape))


class Beta(Distribution):
    """Beta numbers in (0, 1)."""

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = as_floats(concentration1, concentration0)
        super().__init__(self.concentration1.shape)

    def rsample(self, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        a, b = self.concentration1, self.concentration0
        return np.asarray(default_generator().beta(a, b, shape)).astype(a.dtype)
