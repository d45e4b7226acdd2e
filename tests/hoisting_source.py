"""Models of flax.linen whose layers do not depend on what they are called with."""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn


def scaled(x: jax.Array, factor: float) -> jax.Array:
    return x * factor


class Mlp(nn.Module):
    """Layers in a loop; one turn makes layers with and without names."""

    widths: Sequence[int]
    act: Callable = nn.relu
    norm: bool = True

    @nn.compact
    def __call__(self, x, train: bool = False):
        dense = partial(nn.Dense, use_bias=not self.norm)
        for i, width in enumerate(self.widths[:-1]):
            x = dense(width)(x)
            if self.norm:
                x = nn.BatchNorm(not train, momentum=0.9, name=f"norm_{i}")(x)
            x = self.act(x)
        x = nn.Dropout(0.0, deterministic=not train)(x)
        return nn.Dense(self.widths[-1])(x)


class Stem(nn.Module):
    features: int = 4
    window: int = 3

    @property
    def size(self):
        return (self.window, self.window)

    @nn.compact
    def __call__(self, x):
        """Convolutions; the outer one is made first."""
        inner = nn.Conv(self.features, self.size)
        x = nn.Conv(self.features, self.size, strides=(2, 2))(nn.relu(inner(x)))
        scale = self.param("scale", nn.initializers.ones, (x.shape[-1],))
        return x * scale + inner.features


class Block(nn.Module):
    """Sizes that the input decides, a mode that the call decides."""

    heads: int
    rate: float = 0.0

    @nn.compact
    def __call__(self, x, deterministic: bool = True):
        attend = nn.MultiHeadDotProductAttention(self.heads, dropout_rate=self.rate, deterministic=deterministic)
        drop = nn.Dropout(self.rate, deterministic=deterministic)
        y = nn.LayerNorm(name="before")(x)
        x = x + drop(attend(y, y))
        width = x.shape[-1]
        y = nn.Dense(2 * width)(nn.LayerNorm(name="after")(x))
        return x + drop(nn.Dense(width, name="out")(nn.gelu(y)))


class Encoder(nn.Module):
    vocab: int = 11
    dim: int = 8
    depth: int = 2
    pooled: bool = False
    layer: type = Block

    def setup(self):
        d = self.dim
        self.embed = nn.Embed(self.vocab, d)
        self.blocks = [self.layer(2) for _ in range(self.depth)]
        self.head = nn.Dense(3) if self.pooled else None

    def __call__(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(axis=1)) if self.pooled else self.embed.attend(x)


class Tower(nn.Module):
    """Loops over numbers, branches on fields, other classes of the module."""

    depth: int = 3
    kind: str = "layer"

    @nn.compact
    def __call__(self, x, train: bool = False):
        for _ in range(self.depth):
            y = nn.Dense(6)(nn.LayerNorm()(x))
            x = scaled(x + nn.Dense(4)(nn.relu(y)), 0.5)
        if self.kind == "layer":
            x = nn.LayerNorm(name="last")(x)
        elif self.kind == "batch":
            x = nn.BatchNorm(use_running_average=not train, name="last")(x)
        x = Mlp((5, 2), norm=self.kind == "batch")(x, train)
        return nn.Dense(2, name="tail")(x) if self.kind == "layer" else x


class Recurrent(nn.Module):
    """Layers that are given layers."""

    hidden: int = 3

    @nn.compact
    def __call__(self, x):
        y = nn.RNN(nn.GRUCell(self.hidden))(x)
        y = nn.Sequential([nn.Dense(4), nn.relu, nn.Dense(2)])(y)
        mean = self.variable("stats", "mean", jnp.zeros, y.shape[1:])
        mean.value = 0.5 * mean.value + 0.5 * y.mean(axis=0)
        return y - mean.value
