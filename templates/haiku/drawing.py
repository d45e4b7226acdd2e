"""Initialisers that fill a parameter: what they draw is drawn by `init`."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from ..jax.init import _fill
from .random import draw_key
from .variables import FirstValue, Variable


def filled(shape, value, dtype):
    """First value of one number; outside transformations nothing is compiled for its shape."""

    def make():
        module = jnp if in_transformation() else np
        return jnp.array(module.full(shape, value, dtype))

    return FirstValue(make, shape, dtype)


def in_transformation():
    """Whether the caller runs under jit or another JAX transformation that traces all arrays."""
    return isinstance(jnp.zeros(()), jax.core.Tracer)


def _fill_made(tensor, make):
    """Fills with the array that `make` draws."""
    if not isinstance(tensor, Variable):
        return _fill(tensor, make())
    tensor.first = FirstValue(lambda: make().astype(tensor.dtype), tensor.shape, tensor.dtype, draws=True)
    return tensor


def constant_(tensor, val):
    """Fills with one value."""
    if not isinstance(tensor, Variable):
        return _fill(tensor, val)
    tensor.first = filled(tensor.shape, val, tensor.dtype)
    return tensor


def _fill_drawn(tensor, draw, generator):
    """Fills with `draw(key, shape, dtype)`, compiled for flat shapes of powers of two only."""
    size = math.prod(tensor.shape)

    def cut():
        values = draw(draw_key(generator), (1 << max(size - 1, 0).bit_length(),), tensor.dtype)
        if not isinstance(values, jax.core.Tracer):
            values = np.asarray(values)  # cut by NumPy, which compiles nothing for the shape
        return jnp.array(values[:size].reshape(tensor.shape))

    return _fill_made(tensor, cut)


def orthogonal_(tensor, gain=1, generator=None):
    """Fills with a (semi-)orthogonal matrix of shape (first axis, all other axes)."""
    if len(tensor.shape) < 2:
        raise ValueError("orthogonal_ needs a tensor of at least two axes")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])

    def draw():
        flat = jax.random.normal(draw_key(generator), (max(rows, columns), min(rows, columns)))
        q, r = jnp.linalg.qr(flat)
        q = q * jnp.sign(jnp.diagonal(r))
        return gain * (q.T if rows < columns else q).reshape(tensor.shape)

    return _fill_made(tensor, draw)


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Fills a matrix with N(0, std^2) and a share `sparsity` of each column with zeros."""
    if len(tensor.shape) != 2:
        raise ValueError("sparse_ needs a tensor of two axes")
    count = math.ceil(sparsity * tensor.shape[0])

    def draw():
        values = std * jax.random.normal(draw_key(generator), tensor.shape)
        order = jnp.argsort(jax.random.uniform(draw_key(generator), tensor.shape), axis=0)
        return jnp.where(order < count, 0.0, values)

    return _fill_made(tensor, draw)
