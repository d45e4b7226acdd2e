"""A recurrent network whose cell is scanned over time."""
import functools

import jax
import jax.numpy as jnp
from flax import linen as nn


class Recurrent(nn.Module):
    features: int

    @nn.compact
    def __call__(self, carry, xs):
        Cell = nn.scan(
            nn.LSTMCell,
            variable_broadcast="params",
            split_rngs={"params": False},
            in_axes=1,
            out_axes=1,
        )
        return Cell(self.features, name="cell")(carry, xs)


class SimpleLSTM(nn.Module):
    @functools.partial(
        nn.transforms.scan,
        variable_broadcast="params",
        in_axes=1,
        out_axes=1,
        split_rngs={"params": False},
    )
    @nn.compact
    def __call__(self, carry, x):
        features = carry[0].shape[-1]
        return nn.OptimizedLSTMCell(features)(carry, x)

    @staticmethod
    def initialize_carry(batch, features):
        return (jnp.zeros((batch, features)), jnp.zeros((batch, features)))


class Classifier(nn.Module):
    features: int

    @nn.compact
    def __call__(self, xs):
        carry = SimpleLSTM.initialize_carry(xs.shape[0], self.features)
        _, ys = SimpleLSTM()(carry, xs)
        carry, zs = Recurrent(self.features)(carry, ys)
        return nn.Dense(2)(zs[:, -1] + carry[1])


def init(key):
    return Classifier(5).init(key, jnp.ones((2, 4, 3)))


def compute(variables):
    x = jnp.sin(jnp.arange(24.0)).reshape(2, 4, 3)
    y = Classifier(5).apply(variables, x)
    grads = jax.grad(lambda v: Classifier(5).apply(v, x).sum())(variables)
    return y, grads
