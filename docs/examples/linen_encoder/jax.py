"""A small transformer encoder in flax.linen."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp


class Mlp(nn.Module):
    """Two layers with an activation between them."""

    hidden: int
    features: int
    act: Callable[[jax.Array], jax.Array] = nn.gelu

    @nn.compact
    def __call__(self, x):
        x = self.act(nn.Dense(self.hidden, name="up")(x))
        return nn.Dense(self.features, name="down")(x)


class Block(nn.Module):
    """Attention and an MLP, each after a normalisation and around a residual connection."""

    features: int
    heads: int = 4
    rate: float = 0.1

    @nn.compact
    def __call__(self, x, deterministic: bool = True):
        attend = nn.SelfAttention(self.heads, deterministic=deterministic, name="attention")
        drop = nn.Dropout(self.rate, deterministic=deterministic)
        x = x + drop(attend(nn.LayerNorm()(x)))
        y = Mlp(4 * self.features, self.features, name="mlp")(nn.LayerNorm()(x))
        return x + drop(y)


class Encoder(nn.Module):
    """Logits of shape (batch, classes) for tokens of shape (batch, length)."""

    classes: int
    vocabulary: int = 1000
    features: int = 64
    depth: int = 4  # blocks

    @nn.compact
    def __call__(self, tokens, deterministic: bool = True):
        x = nn.Embed(self.vocabulary, self.features)(tokens)
        for i in range(self.depth):
            x = Block(self.features, name=f"block_{i}")(x, deterministic)
        x = nn.LayerNorm(name="norm")(x)
        return nn.Dense(self.classes, name="head")(jnp.mean(x, axis=1))
