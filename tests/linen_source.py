"""Models in the style of flax.linen."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn


class CNN(nn.Module):
    """A simple CNN model."""

    @nn.compact
    def __call__(self, x):
        x = nn.Conv(features=8, kernel_size=(3, 3))(x)
        x = nn.relu(x)
        x = nn.avg_pool(x, window_shape=(2, 2), strides=(2, 2))
        x = nn.Conv(features=16, kernel_size=(3, 3), kernel_init=nn.initializers.he_normal())(x)
        x = nn.relu(x)
        x = nn.max_pool(x, window_shape=(2, 2), strides=(2, 2))
        x = x.reshape((x.shape[0], -1))
        x = nn.Dense(features=32)(x)
        x = nn.relu(x)
        return nn.Dense(features=10, name="head")(x)


class ResidualBlock(nn.Module):
    filters: int
    conv: Any
    norm: Any
    act: Callable = nn.relu

    @nn.compact
    def __call__(self, x):
        residual = x
        y = self.conv(self.filters, (3, 3))(x)
        y = self.act(self.norm()(y))
        y = self.conv(self.filters, (3, 3), padding="SAME")(y)
        y = self.norm(scale_init=nn.initializers.ones_init())(y)
        if residual.shape != y.shape:
            residual = self.conv(self.filters, (1, 1), name="conv_proj")(residual)
        return self.act(residual + y)


class ResNet(nn.Module):
    stages: Sequence[int]
    classes: int = 3
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x, train: bool = True):
        conv = partial(nn.Conv, use_bias=False, dtype=self.dtype)
        norm = partial(nn.BatchNorm, use_running_average=not train, momentum=0.9, epsilon=1e-5, dtype=self.dtype)
        x = conv(4, (3, 3), name="conv_init")(x)
        for i, size in enumerate(self.stages):
            for _ in range(size):
                x = ResidualBlock(4 * 2**i, conv=conv, norm=norm)(x)
        x = jnp.mean(x, axis=(1, 2))
        x = nn.Dropout(0.0, deterministic=not train)(x)
        return nn.Dense(self.classes, dtype=self.dtype)(x)


class Encoder(nn.Module):
    latents: int

    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Dense(12, name="fc1")(x))
        return nn.Dense(self.latents, name="fc2_mean")(x), nn.Dense(self.latents, name="fc2_logvar")(x)


class Decoder(nn.Module):
    @nn.compact
    def __call__(self, z):
        return nn.Dense(6, name="fc2")(nn.relu(nn.Dense(12, name="fc1")(z)))


class VAE(nn.Module):
    latents: int = 4

    def setup(self):
        self.encoder = Encoder(self.latents)
        self.decoder = Decoder()
        self.extra = [nn.Dense(6) for _ in range(2)]

    def __call__(self, x):
        mean, logvar = self.encoder(x)
        y = self.decoder(mean)
        for layer in self.extra:
            y = layer(y)
        return y, mean, logvar

    def generate(self, z):
        return nn.sigmoid(self.decoder(z))


class Block(nn.Module):
    heads: int
    dropout: float = 0.1

    @nn.compact
    def __call__(self, x, mask=None, *, deterministic: bool):
        y = nn.LayerNorm()(x)
        y = nn.MultiHeadDotProductAttention(num_heads=self.heads, dropout_rate=self.dropout)(
            y, y, mask=mask, deterministic=deterministic
        )
        x = x + nn.Dropout(self.dropout)(y, deterministic=deterministic)
        y = nn.RMSNorm()(x)
        y = nn.gelu(nn.Dense(4 * x.shape[-1])(y))
        return x + nn.Dense(x.shape[-1])(y)


class Transformer(nn.Module):
    vocab: int
    dim: int
    depth: int

    @nn.compact
    def __call__(self, tokens, deterministic: bool = True):
        embed = nn.Embed(self.vocab, self.dim)
        x = embed(tokens)
        x = x + self.param("pos", nn.initializers.normal(0.02), (1, tokens.shape[1], self.dim))
        mask = nn.make_causal_mask(tokens)
        for _ in range(self.depth):
            x = Block(2)(x, mask, deterministic=deterministic)
        x = nn.GroupNorm(num_groups=2)(x)
        return embed.attend(x)


class Seq(nn.Module):
    hidden: int

    @nn.compact
    def __call__(self, x):
        carry, y = nn.RNN(nn.OptimizedLSTMCell(self.hidden), return_carry=True)(x)
        y = nn.RNN(nn.GRUCell(self.hidden))(y)
        y = nn.Bidirectional(nn.RNN(nn.SimpleCell(3)), nn.RNN(nn.LSTMCell(3)))(y)
        return nn.Sequential([nn.Dense(4), nn.relu, nn.Dense(2)])(y)


class Counter(nn.Module):
    decay: float = 0.9

    @nn.compact
    def __call__(self, x):
        initialized = self.has_variable("stats", "mean")
        mean = self.variable("stats", "mean", lambda s: jnp.zeros(s, jnp.float32), x.shape[1:])
        bias = self.param("bias", nn.initializers.zeros, x.shape[1:])
        if initialized:
            mean.value = self.decay * mean.value + (1.0 - self.decay) * jnp.mean(x, axis=0, keepdims=False)
        return x - mean.value + bias


class Layer(nn.Module):
    """One of several equal layers; what it returns beside its output is collected."""

    width: int

    @nn.compact
    def __call__(self, x, shift=None):
        y = nn.Dense(self.width)(nn.LayerNorm()(x))
        x = x + nn.gelu(y)
        x = x if shift is None else x + shift
        return x, jnp.sum(x, axis=-1)


class Lifted(nn.Module):
    """Layers that are scanned, mapped and computed again."""

    width: int

    @nn.compact
    def __call__(self, x):
        stack = nn.scan(Layer, variable_axes={"params": 0}, split_rngs={"params": True}, length=3)
        x, sums = stack(self.width, name="layers")(x, None)
        shared = nn.scan(
            Layer, variable_broadcast="params", split_rngs={"params": False}, in_axes=1, out_axes=1, reverse=True
        )
        x, more = shared(self.width)(x, x[:, :2, None])
        x, _ = nn.remat(Layer)(self.width)(x)
        heads = nn.vmap(
            nn.Dense, in_axes=None, out_axes=-1, variable_axes={"params": 0}, split_rngs={"params": True}, axis_size=2
        )
        y = heads(features=3)(x)
        each = nn.vmap(nn.Dense, variable_axes={"params": 1}, split_rngs={"params": True})(2)(x)
        return nn.Einsum((3, 5), "btic,id->btcd")(y), each, sums, more


class Decoding(nn.Module):
    """Attention to the keys and values of earlier calls."""

    heads: int = 2
    length: int = 4

    @nn.compact
    def __call__(self, x):
        depth = x.shape[-1] // self.heads
        project = partial(nn.DenseGeneral, (self.heads, depth), use_bias=False)
        query, key, value = project(name="query")(x), project(name="key")(x), project(name="value")(x)
        self.sow("intermediates", "queries", query)
        shape = (x.shape[0], self.length, self.heads, depth)
        keys = self.variable("cache", "keys", jnp.zeros, shape, x.dtype)
        values = self.variable("cache", "values", jnp.zeros, shape, x.dtype)
        index = self.variable("cache", "index", lambda: jnp.array(0, dtype=jnp.int32))
        start = jax.lax.rem(index.value, self.length)
        keys.value = jax.lax.dynamic_update_slice(keys.value, key, (0, start, 0, 0))
        values.value = jax.lax.dynamic_update_slice(values.value, value, (0, start, 0, 0))
        index.value = index.value + 1
        mask = (jnp.arange(self.length) <= start)[None, None, None, :]
        y = nn.dot_product_attention(query, keys.value, values.value, mask=mask)
        return nn.DenseGeneral(x.shape[-1], axis=(-2, -1), use_bias=False, name="out")(y)
