"""A small transformer encoder in flax.nnx."""

import numpy as np

from numpy_helpers import (
    Dropout,
    Embed,
    gelu,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    RMSNorm,
    softmax,
)


class Block(Module):
    """Attention over all places and an MLP, each after a normalisation and around a residual connection."""

    def __init__(self, dim: int, heads: int, rate: float):
        self.heads = heads
        self.norm = LayerNorm(dim)
        self.qkv = Linear(dim, 3 * dim, use_bias=False)
        self.out = Linear(dim, dim)
        self.mlp_norm = LayerNorm(num_features=dim, epsilon=1e-5)
        self.mlp = ModuleList([Linear(dim, 4 * dim), Linear(4 * dim, dim)])
        self.dropout = Dropout(rate)

    def attend(self, x: np.ndarray) -> np.ndarray:
        batch, length, dim = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = np.moveaxis(qkv, 2, 0)
        logits = np.einsum("bqhd,bkhd->bhqk", query, key) / np.sqrt(query.shape[-1])
        x = np.einsum("bhqk,bkhd->bqhd", softmax(logits, dim=-1), value)
        return self.out(x.reshape(batch, length, dim))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        x = x + self.dropout(self.attend(self.norm(x)))
        up, down = self.mlp
        return x + self.dropout(down(gelu(up(self.mlp_norm(x)), approximate='tanh')))


class Encoder(Module):
    """Logits of shape (batch, length, classes) for tokens of shape (batch, length)."""

    def __init__(
        self, vocabulary: int, dim: int, depth: int, classes: int, rate: float = 0.0
    ):
        self.embed = Embed(vocabulary, dim)
        self.blocks = ModuleList([Block(dim, 2, rate) for _ in range(depth)])
        self.norm = RMSNorm(dim, epsilon=1e-5)
        self.head = Linear(dim, classes, use_bias=False)

    def __call__(self, tokens: np.ndarray) -> np.ndarray:
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
