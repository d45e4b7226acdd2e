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
