"""A small transformer encoder in flax.nnx."""

import jax
import jax.numpy as jnp
from flax import nnx


class Block(nnx.Module):
    """Attention over all places and an MLP, each after a normalisation and around a residual connection."""

    def __init__(self, dim: int, heads: int, rate: float, *, rngs: nnx.Rngs):
        self.heads = heads
        self.norm = nnx.LayerNorm(dim, rngs=rngs)
        self.qkv = nnx.Linear(dim, 3 * dim, use_bias=False, rngs=rngs)
        self.out = nnx.Linear(dim, dim, rngs=rngs)
        self.mlp_norm = nnx.LayerNorm(num_features=dim, epsilon=1e-5, rngs=rngs)
        self.mlp = nnx.List([nnx.Linear(dim, 4 * dim, rngs=rngs), nnx.Linear(4 * dim, dim, rngs=rngs)])
        self.dropout = nnx.Dropout(rate, rngs=rngs)

    def attend(self, x: jax.Array) -> jax.Array:
        batch, length, dim = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = jnp.moveaxis(qkv, 2, 0)
        logits = jnp.einsum("bqhd,bkhd->bhqk", query, key) / jnp.sqrt(query.shape[-1])
        x = jnp.einsum("bhqk,bkhd->bqhd", nnx.softmax(logits), value)
        return self.out(x.reshape(batch, length, dim))

    def __call__(self, x: jax.Array) -> jax.Array:
        x = x + self.dropout(self.attend(self.norm(x)))
        up, down = self.mlp
        return x + self.dropout(down(nnx.gelu(up(self.mlp_norm(x)))))


class Encoder(nnx.Module):
    """Logits of shape (batch, length, classes) for tokens of shape (batch, length)."""

    def __init__(
        self, vocabulary: int, dim: int, depth: int, classes: int, rate: float = 0.0, *, rngs: nnx.Rngs
    ):
        self.embed = nnx.Embed(vocabulary, dim, rngs=rngs)
        self.blocks = nnx.List([Block(dim, 2, rate, rngs=rngs) for _ in range(depth)])
        self.norm = nnx.RMSNorm(dim, epsilon=1e-5, rngs=rngs)
        self.head = nnx.Linear(dim, classes, use_bias=False, rngs=rngs)

    def __call__(self, tokens: jax.Array) -> jax.Array:
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
