"""Gradients of each example."""
import jax
import jax.numpy as jnp
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.fc = nnx.Linear(3, 2, rngs=rngs)

    def __call__(self, x):
        return nnx.tanh(self.fc(x))


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    graphdef, params = nnx.split(model)

    def loss(params, x):
        return nnx.merge(graphdef, params)(x).sum()

    grads = jax.vmap(jax.grad(loss), in_axes=(None, 0))(params, x)
    hess = jax.jacfwd(lambda v: model(v))(x[0])
    j = jax.vmap(lambda v: model(v))(x)
    return grads["fc"]["kernel"].value, hess, j
