"""What is compiled by nnx.jit changes the variables of a state for its caller; what JAX compiles does not."""
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx


class Counter(nnx.Module):
    def __init__(self, rngs):
        self.scale = nnx.Param(jnp.ones(2))
        self.norm = nnx.BatchNorm(2, momentum=0.5, rngs=rngs)

    def __call__(self, x):
        return self.norm(x) * self.scale


def make():
    return Counter(nnx.Rngs(0))


@partial(nnx.jit, static_argnames=("graphdef",))
def shared(graphdef, state, x):
    return nnx.merge(graphdef, state)(x)


@partial(jax.jit, static_argnames=("graphdef",))
def apart(graphdef, state, x):
    return nnx.merge(graphdef, state)(x)


def run(model):
    x = jnp.sin(jnp.arange(8.0)).reshape(4, 2) + 3.0
    graphdef, state = nnx.split(model)
    a = apart(graphdef, state, x)
    after_apart = state["norm"]["mean"].value + 0.0
    b = shared(graphdef, state, x)
    after_shared = model.norm.mean.value + 0.0
    c = nnx.merge(graphdef, state)(x)
    return a, after_apart, b, after_shared, c, model.norm.mean.value
