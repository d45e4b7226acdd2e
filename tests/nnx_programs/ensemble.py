"""An ensemble of models by vmap."""
import jax.numpy as jnp
from flax import nnx


class MLP(nnx.Module):
    def __init__(self, din, dout, *, rngs):
        self.l1 = nnx.Linear(din, 8, rngs=rngs)
        self.l2 = nnx.Linear(8, dout, rngs=rngs)

    def __call__(self, x):
        return self.l2(nnx.relu(self.l1(x)))


@nnx.split_rngs(splits=3)
@nnx.vmap
def create_ensemble(rngs):
    return MLP(2, 1, rngs=rngs)


@nnx.vmap(in_axes=(0, None))
def forward(model, x):
    return model(x)


def make():
    return create_ensemble(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 8).reshape(4, 2)
    return forward(model, x), nnx.vmap(lambda m, x: m(x), in_axes=(0, None), out_axes=1)(model, x)
