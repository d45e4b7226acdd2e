"""A small transformer encoder in flax.linen."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from torch_helpers import Dropout, Embedding, LayerNorm, LazyLinear, SelfAttention


class Mlp(nn.Module):
    """Two layers with an activation between them."""

    def __init__(
        self,
        hidden: int,
        features: int,
        act: Callable[[torch.Tensor], torch.Tensor] = partial(F.gelu, approximate='tanh'),
    ):
        super().__init__()
        self.hidden = hidden
        self.features = features
        self.act = act
        self.up = LazyLinear(hidden)
        self.down = LazyLinear(features)

    def forward(self, x):
        x = self.act(self.up(x))
        return self.down(x)


class Block(nn.Module):
    """Attention and an MLP, each after a normalisation and around a residual connection."""

    def __init__(self, features: int, heads: int = 4, rate: float = 0.1):
        super().__init__()
        self.features = features
        self.heads = heads
        self.rate = rate
        self.attention = SelfAttention(heads)
        self.Dropout_0 = Dropout(rate)
        self.LayerNorm_0 = LayerNorm()
        self.mlp = Mlp(4 * features, features)
        self.LayerNorm_1 = LayerNorm()

    def forward(self, x, deterministic: bool = True):
        x = x + self.Dropout_0(
            self.attention(self.LayerNorm_0(x), deterministic=deterministic),
            deterministic=deterministic,
        )
        y = self.mlp(self.LayerNorm_1(x))
        return x + self.Dropout_0(y, deterministic=deterministic)


class Encoder(nn.Module):
    """Logits of shape (batch, classes) for tokens of shape (batch, length)."""

    def __init__(self, classes: int, vocabulary: int = 1000, features: int = 64, depth: int = 4):
        super().__init__()
        self.classes = classes
        self.vocabulary = vocabulary
        self.features = features
        self.depth = depth  # blocks
        self.Embed_0 = Embedding(vocabulary, features)
        for i in range(depth):
            setattr(self, f"block_{i}", Block(features))
        self.norm = LayerNorm()
        self.head = LazyLinear(classes)

    def forward(self, tokens, deterministic: bool = True):
        x = self.Embed_0(tokens)
        for i in range(self.depth):
            x = getattr(self, f"block_{i}")(x, deterministic)
        x = self.norm(x)
        return self.head(torch.mean(x, dim=1))
