"""A method of a module scanned with its parameters shared, and layers scanned with their own."""
import jax.numpy as jnp
from flax import linen as nn


class Block(nn.Module):
    dim: int

    @nn.compact
    def __call__(self, x, _):
        h = nn.LayerNorm()(x)
        h = nn.Dense(self.dim)(h)
        return x + nn.gelu(h), None


class Stack(nn.Module):
    dim: int
    depth: int

    @nn.compact
    def __call__(self, x):
        layers = nn.scan(
            nn.remat(Block),
            variable_axes={"params": 0},
            split_rngs={"params": True, "dropout": True},
            length=self.depth,
        )
        x, _ = layers(self.dim, name="layers")(x, None)
        return x


class Unroll(nn.Module):
    dim: int

    @nn.compact
    def __call__(self, xs):
        cell = nn.Dense(self.dim)

        def body(mdl, carry, x):
            carry = jnp.tanh(mdl(carry) + x)
            return carry, carry.sum(-1)

        scan = nn.scan(body, variable_broadcast="params", split_rngs={"params": False}, in_axes=0, out_axes=0)
        return scan(cell, jnp.zeros_like(xs[0]), xs)


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = Stack(4, 3)(x)
        return Unroll(4)(x)


def init(key):
    return Net().init(key, jnp.ones((3, 2, 4)))


def compute(variables):
    x = jnp.sin(jnp.arange(24.0)).reshape(3, 2, 4)
    return Net().apply(variables, x)
