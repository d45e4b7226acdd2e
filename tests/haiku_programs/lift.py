"""Transformed functions inside modules."""
import haiku as hk
import jax.numpy as jnp


class Outer(hk.Module):
    def __call__(self, x):
        inner = hk.transform(lambda y: hk.Linear(3)(y))
        init = hk.lift(inner.init, name="inner")
        params = init(hk.maybe_next_rng_key(), x)
        return inner.apply(params, None, x)


net = hk.without_apply_rng(hk.transform(lambda x: Outer()(x)))


def init(key):
    return net.init(key, jnp.ones((1, 2)))


def compute(params):
    return net.apply(params, jnp.ones((2, 2)))
