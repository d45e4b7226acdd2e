"""Models in the style of flax.nnx."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx


class CNN(nnx.Module):
    """Convolutions with batch normalisation and dropout."""

    def __init__(self, *, rngs: nnx.Rngs):
        self.conv1 = nnx.Conv(3, 8, kernel_size=(3, 3), rngs=rngs)
        self.batch_norm1 = nnx.BatchNorm(8, rngs=rngs)
        self.dropout1 = nnx.Dropout(rate=0.0, rngs=rngs)
        self.conv2 = nnx.Conv(8, 16, kernel_size=(3, 3), rngs=rngs)
        self.avg_pool = partial(nnx.avg_pool, window_shape=(2, 2), strides=(2, 2))
        self.linear1 = nnx.Linear(64, 12, rngs=rngs)
        self.linear2 = nnx.Linear(12, 5, rngs=rngs)

    def __call__(self, x):
        x = self.avg_pool(nnx.relu(self.batch_norm1(self.dropout1(self.conv1(x)))))
        x = self.avg_pool(nnx.relu(self.conv2(x)))
        x = x.reshape(x.shape[0], -1)
        return self.linear2(nnx.relu(self.linear1(x)))


class Residual(nnx.Module):
    def __init__(self, inputs: int, outputs: int, strides: int, norm: Any, *, rngs: nnx.Rngs):
        conv = partial(nnx.Conv, use_bias=False, rngs=rngs)
        self.conv1 = conv(inputs, outputs, (3, 3), strides=strides)
        self.norm1 = norm(outputs, rngs=rngs)
        self.conv2 = conv(outputs, outputs, (3, 3))
        self.norm2 = norm(outputs, scale_init=nnx.initializers.zeros_init(), rngs=rngs)
        self.shortcut = conv(inputs, outputs, (1, 1), strides=strides) if strides > 1 else None

    def __call__(self, x):
        y = nnx.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return nnx.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class ResNet(nnx.Module):
    def __init__(self, width: int = 4, *, rngs: nnx.Rngs):
        norm = partial(nnx.BatchNorm, momentum=0.9, epsilon=1e-5)
        self.stem = nnx.Conv(3, width, (3, 3), rngs=rngs)
        self.stages = nnx.List([Residual(width, width, i + 1, norm, rngs=rngs) for i in range(2)])
        self.head = nnx.Linear(width, 3, rngs=rngs)

    def __call__(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(jnp.mean(x, axis=(1, 2)))


class VAE(nnx.Module):
    def __init__(self, size: int, hidden: int, latent: int, rngs: nnx.Rngs):
        self.encoder = nnx.Sequential(nnx.Linear(size, hidden, rngs=rngs), nnx.gelu)
        self.mean, self.spread = nnx.Linear(hidden, latent, rngs=rngs), nnx.Linear(hidden, latent, rngs=rngs)
        self.decoder = nnx.Sequential(
            nnx.Linear(latent, hidden, rngs=rngs), nnx.relu, nnx.Linear(hidden, size, rngs=rngs)
        )

    def __call__(self, x):
        hidden = self.encoder(x)
        mean, std = self.mean(hidden), jnp.exp(self.spread(hidden))
        kl = jnp.mean(0.5 * jnp.mean(-jnp.log(std**2) - 1.0 + std**2 + mean**2, axis=-1))
        return self.decoder(mean), kl


def rotate(x, positions, base: float = 10_000.0):
    """Rotary position embeddings of (batch, length, heads, depth)."""
    half = x.shape[-1] // 2
    angles = positions[:, :, None].astype(x.dtype) / base ** (jnp.arange(half, dtype=jnp.float32) / half)
    sin, cos = jnp.sin(angles)[:, :, None, :], jnp.cos(angles)[:, :, None, :]
    first, second = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


class GemmaNorm(nnx.Module):
    def __init__(self, dim: int, *, rngs: nnx.Rngs):
        self.scale = nnx.Param(nnx.initializers.zeros_init()(rngs.params(), (dim,)))

    def __call__(self, x):
        variance = jnp.mean(jnp.square(x), axis=-1, keepdims=True)
        return x * jax.lax.rsqrt(variance + 1e-06) * (1 + self.scale.value)


class Attention(nnx.Module):
    def __init__(self, dim: int, heads: int, *, rngs: nnx.Rngs):
        self.heads, self.depth = heads, dim // heads
        self.qkv = nnx.Einsum("btd,dshk->sbthk", (dim, 3, heads, self.depth), rngs=rngs)
        self.out = nnx.LinearGeneral((heads, self.depth), dim, axis=(-2, -1), use_bias=False, rngs=rngs)
        self.length = nnx.Cache(jnp.zeros((), jnp.int32))

    def __call__(self, x, positions, mask):
        query, key, value = self.qkv(x)
        query = rotate(query, positions) * self.depth**-0.5
        logits = jnp.einsum("bthk,bshk->bhts", query, rotate(key, positions))
        logits = jnp.where(mask, logits, -1e30)
        self.length.value = self.length.value + x.shape[1]
        return self.out(jnp.einsum("bhts,bshk->bthk", jax.nn.softmax(logits, axis=-1), value))


class Feedforward(nnx.Module):
    def __init__(self, dim: int, hidden: int, *, rngs: nnx.Rngs):
        init = nnx.initializers.normal()
        self.gate, self.up = (nnx.Linear(dim, hidden, use_bias=False, kernel_init=init, rngs=rngs) for _ in range(2))
        self.down = nnx.Linear(hidden, dim, use_bias=False, rngs=rngs)

    def __call__(self, x):
        return self.down(nnx.gelu(self.gate(x)) * self.up(x))


class Block(nnx.Module):
    def __init__(self, dim: int, heads: int, *, rngs: nnx.Rngs):
        self.before, self.after = GemmaNorm(dim, rngs=rngs), GemmaNorm(dim, rngs=rngs)
        self.attention = Attention(dim, heads, rngs=rngs)
        self.mlp = Feedforward(dim, 2 * dim, rngs=rngs)

    def __call__(self, x, positions, mask):
        x = x + self.attention(self.before(x), positions, mask)
        return x + self.mlp(self.after(x))


class Decoder(nnx.Module):
    """A decoder with rotary embeddings and tied embeddings."""

    def __init__(self, vocab: int, dim: int, heads: int, depth: int, *, rngs: nnx.Rngs):
        self.embedder = nnx.Embed(vocab, dim, rngs=rngs)
        self.blocks = nnx.List([Block(dim, heads, rngs=rngs) for _ in range(depth)])
        self.norm = nnx.RMSNorm(dim, rngs=rngs)
        self.dim = dim

    def __call__(self, tokens):
        x = self.embedder(tokens)
        x = x * jnp.sqrt(self.dim).astype(x.dtype)
        positions = jnp.broadcast_to(jnp.arange(tokens.shape[1])[None, :], tokens.shape)
        mask = jnp.tril(jnp.ones((tokens.shape[1], tokens.shape[1]), dtype=bool))[None, None]
        for block in self.blocks:
            x = block(x, positions, mask)
        return self.embedder.attend(self.norm(x))


class Sequences(nnx.Module):
    """An encoder and a decoder of sequences."""

    def __init__(self, features: int, hidden: int, *, rngs: nnx.Rngs):
        self.encoder = nnx.RNN(nnx.LSTMCell(features, hidden, rngs=rngs), return_carry=True)
        self.decoder = nnx.RNN(nnx.LSTMCell(features, hidden, rngs=rngs))
        self.project = nnx.Linear(hidden, features, rngs=rngs)

    def __call__(self, x):
        carry, _ = self.encoder(x)
        return self.project(self.decoder(x, initial_carry=carry))


class Transformer(nnx.Module):
    def __init__(self, dim: int, heads: int, *, rngs: nnx.Rngs):
        self.attention = nnx.MultiHeadAttention(heads, dim, decode=False, rngs=rngs)
        self.norm = nnx.LayerNorm(dim, rngs=rngs)
        self.temperature = nnx.Param(jnp.ones((1,)))
        self.calls = nnx.Variable(jnp.array(0))

    def __call__(self, x, mask=None):
        self.calls[...] += 1
        mask = nnx.make_causal_mask(x[..., 0]) if mask is None else mask
        return self.norm(x + self.attention(x, mask=mask) / self.temperature)
