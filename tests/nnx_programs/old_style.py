"""Forms of older guides: optimizer.update(grads), states of metrics, values by [...]."""
import functools

import jax.numpy as jnp
import optax
from flax import nnx


class Block(nnx.Module):
    def __init__(self, din: int, dout: int, *, rngs: nnx.Rngs):
        self.w = nnx.Param(rngs.params.normal((din, dout)) * 0.1)
        self.b = nnx.Param(jnp.zeros((dout,)))
        self.calls = nnx.Variable(jnp.zeros((), jnp.int32))

    def __call__(self, x):
        self.calls[...] += 1
        return x @ self.w[...] + self.b[None]


class Model(nnx.Module):
    def __init__(self, rngs):
        self.blocks = nnx.Dict({"a": Block(3, 4, rngs=rngs), "b": Block(4, 1, rngs=rngs)})
        self.norm = nnx.LayerNorm(4, rngs=rngs)

    def __call__(self, x):
        return self.blocks["b"](nnx.silu(self.norm(self.blocks["a"](x))))


@functools.partial(nnx.jit)
def train_step(model, optimizer, x, y):
    def loss_fn(model):
        pred = model(x)
        return optax.l2_loss(pred, y).mean(), pred

    (loss, pred), grads = nnx.value_and_grad(loss_fn, has_aux=True)(model)
    optimizer.update(grads)
    return loss, pred


def make():
    return Model(nnx.Rngs(0))


def run(model):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    y = jnp.ones((4, 1))
    optimizer = nnx.ModelAndOptimizer(model, optax.adamw(1e-2))
    out = [train_step(model, optimizer, x, y) for _ in range(3)]
    snapshot = model.blocks["a"].w[...]
    train_step(model, optimizer, x, y)
    return out, snapshot, model.blocks["a"].w[...], model.blocks["a"].calls[...]
