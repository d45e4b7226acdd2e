"""Modules whose fields have no defaults and whose layers are made in ``setup``, in a list of another module."""

import flax.linen as nn
import jax.numpy as jnp


class Net(nn.Module):
    size: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(self.size)(jnp.tanh(nn.Dense(5)(x)))


class Coupling(nn.Module):
    dim: int
    flip: bool

    def setup(self):
        self.net = Net(self.dim)
        self.scale = self.param("scale", nn.initializers.ones, (self.dim // 2,))

    def __call__(self, x):
        a, b = jnp.split(x, 2, axis=-1)
        if self.flip:
            a, b = b, a
        log_s, t = jnp.split(self.net(a), 2, axis=-1)
        log_s = self.scale * jnp.tanh(log_s)
        return jnp.concatenate((b * jnp.exp(log_s) + t, a), -1), log_s.sum(-1)


class Flow(nn.Module):
    dim: int
    depth: int

    def setup(self):
        self.layers = [Coupling(self.dim, i % 2 == 1) for i in range(self.depth)]

    def __call__(self, x):
        total = jnp.zeros(x.shape[0])
        for layer in self.layers:
            x, part = layer(x)
            total += part
        return x, total


def init(key):
    return Flow(4, 2).init(key, jnp.ones((3, 4)))


def compute(variables):
    return Flow(4, 2).apply(variables, jnp.sin(jnp.arange(12.0)).reshape(3, 4))
