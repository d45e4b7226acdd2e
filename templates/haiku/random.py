"""Random keys: of Haiku's sequence, which `init` and `apply` are given."""

import contextlib
import contextvars

import haiku as hk
import jax
import jax.numpy as jnp

from .module import is_making

# The keys of a first value that is being drawn, in place of Haiku's.
KEYS = contextvars.ContextVar("keys", default=None)


@contextlib.contextmanager
def drawing_with(key):
    """Keys are drawn from this one inside a `with` block."""
    token = KEYS.set(hk.PRNGSequence(key))
    try:
        yield
    finally:
        KEYS.reset(token)


def draw_key(generator=None):
    """A fresh key: of a generator (an `hk.PRNGSequence`) if there is one, else of Haiku's sequence."""
    keys = KEYS.get() if generator is None else generator
    if keys is not None:
        return next(keys)
    if is_making() and not hk.running_init():
        return jax.random.key(0)  # `apply` has no use for first values
    return hk.next_rng_key()


def seeded(seed, /):
    """A generator that a seed of one or two numbers determines."""
    key = jax.random.key(0)
    for number in jnp.asarray(seed).reshape(-1):
        key = jax.random.fold_in(key, number)
    return hk.PRNGSequence(key)
