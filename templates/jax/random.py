"""Random numbers drawn from an `nnx.Rngs`: a given one, or one for the whole process."""

import contextlib
import contextvars
import functools
import itertools
import secrets

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jax.extend.core import get_opaque_trace_state

from .shape import as_tuple

TOP_LEVEL = get_opaque_trace_state(convention="nnx")
CHOSEN_RNGS = contextvars.ContextVar("chosen_rngs", default=None)
# The `nnx.Rngs` of the process, seeded from entropy.
process_rngs = functools.cache(lambda: nnx.Rngs(secrets.randbits(31)))
# Counts the draws under eager transformations, apart from those that the generator counts itself.
EAGER_DRAWS = itertools.count(2**30)


def in_transformation():
    """Whether the caller runs under jit, grad, vmap or another JAX transformation."""
    return get_opaque_trace_state(convention="nnx") != TOP_LEVEL


@contextlib.contextmanager
def drawing_from(rngs):
    """Makes `rngs` the default `nnx.Rngs` inside a `with` block."""
    token = CHOSEN_RNGS.set(rngs)
    try:
        yield rngs
    finally:
        CHOSEN_RNGS.reset(token)


def default_rngs(rngs=None):
    """The given `nnx.Rngs`, else those of the innermost `drawing_from`, else the process's."""
    rngs = CHOSEN_RNGS.get() if rngs is None else rngs
    if rngs is None and in_transformation():
        raise RuntimeError("this draw would be frozen into compiled code: pass rngs=... or generator=...")
    return process_rngs() if rngs is None else rngs


def is_compiled():
    """Whether what is computed here becomes compiled code, which would repeat its draws."""
    return isinstance(jnp.zeros(()), jax.core.Tracer)


def draw_key(generator=None, stream="params"):
    """A fresh key of the generator, or of a stream of the default `nnx.Rngs`."""
    chosen = CHOSEN_RNGS.get() if generator is None else generator
    if chosen is None and in_transformation() and not is_compiled():
        # Under nnx.grad the variables of the process cannot change; a Python counter can.
        return jax.random.fold_in(getattr(process_rngs(), stream).key[...], next(EAGER_DRAWS))
    return getattr(default_rngs(generator), stream, generator)()


def make_generator():
    """A generator of its own, seeded from entropy."""
    return nnx.Rngs(secrets.randbits(31))


def seed_generator(generator, seed, /):
    """Seed a generator and return it."""
    nnx.reseed(generator, default=seed % 2**32)
    return generator


def manual_seed(seed, /):
    """Seed the process-wide generator and return it."""
    return seed_generator(default_rngs(), seed)


def rand(shape, /, *, dtype=None, generator=None):
    """Uniform numbers in [0, 1)."""
    return jax.random.uniform(draw_key(generator), as_tuple(shape), dtype or jnp.float32)


def rand_like(x, /, *, dtype=None, generator=None):
    """Uniform numbers in [0, 1) of the shape of x."""
    return rand(x.shape, dtype=dtype or x.dtype, generator=generator)


def randn(shape, /, *, dtype=None, generator=None):
    """Standard normal numbers."""
    return jax.random.normal(draw_key(generator), as_tuple(shape), dtype or jnp.float32)


def randn_like(x, /, *, dtype=None, generator=None):
    """Standard normal numbers of the shape of x."""
    return randn(x.shape, dtype=dtype or x.dtype, generator=generator)


def randint(high, shape, /, *, low=0, dtype=None, generator=None):
    """Whole numbers in [low, high)."""
    draws = jax.random.randint(draw_key(generator), as_tuple(shape), low, high)
    return draws.astype(dtype or int)


def randint_like(x, high, /, *, low=0, dtype=None, generator=None):
    """Whole numbers in [low, high) of the shape of x."""
    return randint(high, x.shape, low=low, dtype=dtype or x.dtype, generator=generator)


def integers_like(x, high, /, *, low=0, generator=None):
    """Whole numbers in [low, high) of the shape and dtype of x."""
    return randint(high, x.shape, low=low, dtype=x.dtype, generator=generator)


def randperm(n, /, *, dtype=None, generator=None):
    """A random order of 0 to n - 1."""
    return jax.random.permutation(draw_key(generator), n).astype(dtype or int)


def normal(mean=0.0, std=1.0, /, *, shape=None, dtype=None, generator=None):
    """Normal numbers; mean and std are numbers or arrays that broadcast."""
    shape = jnp.broadcast_shapes(jnp.shape(mean), jnp.shape(std)) if shape is None else shape
    dtype = dtype or getattr(mean, "dtype", getattr(std, "dtype", None))
    return mean + std * randn(shape, dtype=dtype, generator=generator)


def normal_like(x, /, *, mean=0.0, std=1.0, generator=None):
    """Normal numbers of the shape and dtype of x."""
    return mean + std * randn_like(x, generator=generator)


def uniform_like(x, /, *, low=0.0, high=1.0, generator=None):
    """Uniform numbers in [low, high) of the shape and dtype of x."""
    return jax.random.uniform(draw_key(generator), x.shape, x.dtype, low, high)


def exponential_like(x, /, *, rate=1.0, generator=None):
    """Exponential numbers of the shape and dtype of x."""
    return jax.random.exponential(draw_key(generator), x.shape, x.dtype) / rate


def bernoulli(x, /, *, p=None, generator=None):
    """0 or 1 for each element: 1 with the probability in x, or p everywhere."""
    draws = jax.random.bernoulli(draw_key(generator), jnp.asarray(x) if p is None else p, x.shape)
    return draws.astype(x.dtype)


def bernoulli_like(x, /, *, p=0.5, generator=None):
    """0 or 1, 1 with probability p, of the shape and dtype of x."""
    return bernoulli(x, p=p, generator=generator)


def poisson(x, /, *, generator=None):
    """Poisson numbers with the rates in x, in the dtype of x."""
    return jax.random.poisson(draw_key(generator), jnp.asarray(x)).astype(x.dtype)


def multinomial(x, num_samples, /, *, replacement=False, generator=None):
    """Indices drawn along the last axis with the weights in x."""
    weights = jnp.log(x)
    if replacement:
        shape = (num_samples, *x.shape[:-1])
        draws = jax.random.categorical(draw_key(generator), weights, shape=shape)
        return jnp.moveaxis(draws, 0, -1).astype(int)
    noise = jax.random.gumbel(draw_key(generator), x.shape, weights.dtype)
    return lax.top_k(weights + noise, num_samples)[1].astype(int)


def as_floats(*values):
    """The values as floating-point arrays of one dtype and shape."""
    dtype = jnp.result_type(float, *values)
    return jnp.broadcast_arrays(*(jnp.asarray(value, dtype) for value in values))


class Distribution:
    """Base of distributions: `sample` and `rsample` draw arrays of shape sample_shape + batch_shape."""

    def __init__(self, batch_shape=()):
        self.batch_shape = tuple(batch_shape)

    def rsample(self, sample_shape=()):
        """Numbers through which gradients flow to the parameters."""
        raise NotImplementedError(f"{type(self).__name__} draws no differentiable numbers")

    def sample(self, sample_shape=()):
        """Numbers without gradient."""
        return lax.stop_gradient(self.rsample(sample_shape))


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
        (self.probs,) = as_floats(jax.nn.sigmoid(logits) if probs is None else probs)
        super().__init__(self.probs.shape)

    def sample(self, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        return bernoulli(jnp.broadcast_to(self.probs, shape))


class Beta(Distribution):
    """Beta numbers in (0, 1)."""

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = as_floats(concentration1, concentration0)
        super().__init__(self.concentration1.shape)

    def rsample(self, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        a, b = self.concentration1, self.concentration0
        return jax.random.beta(draw_key(), a, b, shape, a.dtype)
