"""A small transformer encoder in flax.nnx."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from torch_helpers import Embedding, Linear


class Block(nn.Module):
    """Attention over all places and an MLP, each after a normalisation and around a residual connection."""

    def __init__(self, dim: int, heads: int, rate: float):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim, eps=1e-06)
        self.qkv = Linear(dim, 3 * dim, bias=False)
        self.out = Linear(dim, dim)
        self.mlp_norm = nn.LayerNorm(normalized_shape=dim, eps=1e-5)
        self.mlp = nn.ModuleList([Linear(dim, 4 * dim), Linear(4 * dim, dim)])
        self.dropout = nn.Dropout(rate)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, dim = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = torch.movedim(qkv, 2, 0)
        logits = torch.einsum("bqhd,bkhd->bhqk", query, key) / math.sqrt(query.shape[-1])
        x = torch.einsum("bhqk,bkhd->bqhd", F.softmax(logits, dim=-1), value)
        return self.out(x.reshape(batch, length, dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.dropout(self.attend(self.norm(x)))
        up, down = self.mlp
        return x + self.dropout(down(F.gelu(up(self.mlp_norm(x)), approximate='tanh')))


class Encoder(nn.Module):
    """Logits of shape (batch, length, classes) for tokens of shape (batch, length)."""

    def __init__(
        self, vocabulary: int, dim: int, depth: int, classes: int, rate: float = 0.0
    ):
        super().__init__()
        self.embed = Embedding(vocabulary, dim)
        self.blocks = nn.ModuleList([Block(dim, 2, rate) for _ in range(depth)])
        self.norm = nn.RMSNorm(dim, eps=1e-5)
        self.head = Linear(dim, classes, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
