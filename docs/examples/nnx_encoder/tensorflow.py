"""A small transformer encoder in flax.nnx."""

import keras
import tensorflow as tf

from tensorflow_helpers import (
    Dropout,
    Embed,
    LayerNorm,
    Linear,
    Module,
    ModuleList,
    RMSNorm,
    shape_of,
)


class Block(Module):
    """Attention over all places and an MLP, each after a normalisation and around a residual connection."""

    def __init__(self, dim: int, heads: int, rate: float):
        super().__init__()
        self.heads = heads
        self.norm = LayerNorm(dim)
        self.qkv = Linear(dim, 3 * dim, use_bias=False)
        self.out = Linear(dim, dim)
        self.mlp_norm = LayerNorm(num_features=dim, epsilon=1e-5)
        self.mlp = ModuleList([Linear(dim, 4 * dim), Linear(4 * dim, dim)])
        self.dropout = Dropout(rate)

    def attend(self, x: tf.Tensor) -> tf.Tensor:
        batch, length, dim = shape_of(x)
        qkv = tf.reshape(self.qkv(x), (batch, length, 3, self.heads, dim // self.heads))
        query, key, value = tf.unstack(keras.ops.moveaxis(qkv, 2, 0))
        logits = keras.ops.divide(tf.einsum("bqhd,bkhd->bhqk", query, key), keras.ops.sqrt(shape_of(query)[-1]))
        x = tf.einsum("bhqk,bkhd->bqhd", tf.nn.softmax(logits, axis=-1), value)
        return self.out(tf.reshape(x, (batch, length, dim)))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        x = keras.ops.add(x, self.dropout(self.attend(self.norm(x))))
        up, down = self.mlp
        return keras.ops.add(x, self.dropout(down(tf.nn.gelu(up(self.mlp_norm(x)), approximate=True))))


class Encoder(Module):
    """Logits of shape (batch, length, classes) for tokens of shape (batch, length)."""

    def __init__(
        self, vocabulary: int, dim: int, depth: int, classes: int, rate: float = 0.0
    ):
        super().__init__()
        self.embed = Embed(vocabulary, dim)
        self.blocks = ModuleList([Block(dim, 2, rate) for _ in range(depth)])
        self.norm = RMSNorm(dim, epsilon=1e-5)
        self.head = Linear(dim, classes, use_bias=False)

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
