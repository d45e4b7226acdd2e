"""Branches and loops over models."""
import functools

import jax.numpy as jnp
import optax
from flax import nnx


class Counter(nnx.Module):
    def __init__(self, rngs):
        self.lin = nnx.Linear(3, 3, rngs=rngs)
        self.n = nnx.Variable(jnp.zeros((), jnp.int32))

    def __call__(self, x):
        self.n.value += 1
        return jnp.tanh(self.lin(x))


@functools.partial(nnx.jit, static_argnames=("deep",))
def apply(model, x, deep=False):
    y = nnx.cond(x.sum() > 0, lambda m, x: m(x), lambda m, x: x * 2.0, model, x)
    if deep:
        model, y = nnx.fori_loop(0, 3, lambda i, c: (c[0], c[0](c[1])), (model, y))
    return y


@nnx.remat
def block(model, x):
    return model(x) + x


def make():
    return Counter(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 6).reshape(2, 3)
    a = apply(model, x + 1.0)
    b = apply(model, x - 1.0, deep=True)
    s = nnx.switch(1, [lambda m, x: x, lambda m, x: m(x)], model, x)
    optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)

    @nnx.jit
    def step(model, optimizer, x):
        loss, grads = nnx.value_and_grad(lambda m: block(m, x).mean())(model)
        optimizer.update(model, grads)
        return loss

    fast = nnx.cached_partial(step, model, optimizer)
    losses = [fast(x) for _ in range(3)]
    return a, b, s, losses, model.n.value
