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
process_rngs = functools.cache(lambda: nnx.Rngs(secrets.randbits(31)))  # seeded from entropy
EAGER_DRAWS = itertools.count(2**30)  # for nnx.grad, under which variables cannot change


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


def draw_key(generator=None, stream="params"):
    """A fresh key of the generator, or of a stream of the default `nnx.Rngs`."""
    chosen = CHOSEN_RNGS.get() if generator is None else generator
    if chosen is None and in_transformation() and not isinstance(jnp.zeros(()), jax.core.Tracer):
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
