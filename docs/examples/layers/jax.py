"""Building blocks of the transformer."""

from functools import partial
from typing import Callable, Optional

import jax
import jax.numpy as jnp
from flax import nnx

from .jax_helpers import (
    Buffer,
    Dropout,
    GELU,
    LayerNorm,
    Linear,
    masked_fill,
    rand,
    scaled_dot_product_attention,
)


def drop_path(x: jax.Array, drop_prob: float = 0.0, training: bool = False) -> jax.Array:
    """Drop whole residual branches per sample (stochastic depth, https://arxiv.org/abs/1603.09382)."""
    if drop_prob == 0.0 or not training:
        return x
    keep_prob = 1 - drop_prob
    shape = (x.shape[0],) + (1,) * (x.ndim - 1)  # one number per sample, whatever the rank
    mask = rand(shape, dtype=x.dtype) < keep_prob
    return x * mask.astype(x.dtype) / keep_prob


class DropPath(nnx.Module):
    """Stochastic depth as a layer."""

    deterministic = False

    def __init__(self, drop_prob: float = 0.0):
        super().__init__()
        self.drop_prob = drop_prob

    def __call__(self, x):
        return drop_path(x, self.drop_prob, not self.deterministic)

    def extra_repr(self):
        return f"drop_prob={self.drop_prob:0.3f}"


class LayerScale(nnx.Module):
    def __init__(self, dim: int, init_values: float = 1e-5):
        super().__init__()
        self.gamma = nnx.Param(init_values * jnp.ones((dim,)))

    def __call__(self, x):
        return x * self.gamma


class Mlp(nnx.Module):
    """Two linear layers with an activation and dropout between them."""

    def __init__(
        self,
        in_features: int,
        hidden_features: Optional[int] = None,
        out_features: Optional[int] = None,
        act_layer: Callable[..., nnx.Module] = GELU,
        drop: float = 0.0,
        *,
        rngs: nnx.Rngs | None = None,
    ):
        super().__init__()
        out_features = out_features or in_features
        hidden_features = hidden_features or in_features
        self.fc1 = Linear(in_features, hidden_features, rngs=rngs)
        self.act = act_layer()
        self.drop = Dropout(drop, rngs=rngs)
        self.fc2 = Linear(hidden_features, out_features, rngs=rngs)

    def __call__(self, x):
        x = self.fc1(x)
        x = self.act(x)
        x = self.drop(x)
        return self.fc2(x)


class Attention(nnx.Module, pytree=False):
    """Multi-head self-attention with a learned relative bias.

    Args:
        dim: width of the tokens.
        num_heads: number of heads.
        num_tokens: number of tokens, the class token first.
        window: how far a token sees along the sequence; 0 means everywhere.
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        num_tokens: int,
        qkv_bias: bool = False,
        window: int = 0,
        norm_layer: Callable[..., nnx.Module] = partial(LayerNorm, eps=1e-6),
        *,
        rngs: nnx.Rngs | None = None,
    ):
        super().__init__()
        assert dim % num_heads == 0, "dim should be divisible by num_heads"
        self.num_heads = num_heads
        self.head_dim = dim // num_heads
        self.window = window
        self.qkv = Linear(dim, dim * 3, bias=qkv_bias, rngs=rngs)
        self.q_norm = norm_layer(self.head_dim)
        self.k_norm = norm_layer(self.head_dim)
        self.proj = Linear(dim, dim, rngs=rngs)
        self.bias_table = nnx.Param(jnp.zeros((2 * num_tokens - 1, num_heads)))

        # position j - i, shifted so that it starts at 0
        position = jnp.arange(num_tokens)
        relative = position[None, :] - position[:, None] + num_tokens - 1
        self.relative_index = Buffer(relative, persistent=False)

        if window:
            visible = jnp.abs(position[None, :] - position[:, None]) <= window
            visible = visible.at[:, 0].set(True)  # the class token is always seen
            visible = visible.at[0, :].set(True)
            self.visible = Buffer(visible, persistent=False)
        else:
            self.visible = None

    def relative_bias(self) -> jax.Array:
        """Bias of shape (heads, tokens, tokens)."""
        return self.bias_table[self.relative_index[...]].transpose(2, 0, 1)

    def __call__(self, x: jax.Array, mask: Optional[jax.Array] = None) -> jax.Array:
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, self.head_dim).transpose(2, 0, 3, 1, 4)
        q, k, v = jnp.unstack(qkv, axis=0)
        q, k = self.q_norm(q), self.k_norm(k)

        bias = jnp.expand_dims(self.relative_bias(), axis=0)
        if self.visible is not None:
            bias = masked_fill(bias, ~self.visible, float("-inf"))
        if mask is not None:
            # mask: (B, N), True for tokens to look at
            bias = masked_fill(bias, ~mask[:, None, None, :], float("-inf"))
        x = scaled_dot_product_attention(q, k, v, attn_mask=bias)

        x = x.swapaxes(1, 2).reshape(B, N, C)
        return self.proj(x)
