"""Models whose layers pass masks on, and one that keeps states, which the tests convert."""

import keras
import tensorflow as tf
from keras import layers, ops


def mask_zero_lstm():
    return keras.Sequential([layers.Embedding(6, 4, mask_zero=True), layers.LSTM(5), layers.Dense(2)])


def masking_gru():
    inputs = keras.Input((7, 4))
    x = layers.Masking()(inputs)
    x = layers.GRU(5, return_sequences=True)(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, x)


class MaskArg(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = layers.LSTM(5)

    def call(self, x):
        mask = tf.reduce_any(tf.not_equal(x, 0.0), axis=-1)
        return self.rnn(x, mask=mask)

def mask_arg():
    return MaskArg()


class ComputeMask(keras.Model):
    def __init__(self):
        super().__init__()
        self.emb = layers.Embedding(6, 4, mask_zero=True)
        self.rnn = layers.LSTM(5, return_sequences=True)
        self.att = layers.Attention()

    def call(self, ids):
        x = self.emb(ids)
        mask = self.emb.compute_mask(ids)
        x = self.rnn(x, mask=mask)
        return self.att([x, x], mask=[mask, mask])

def compute_mask():
    return ComputeMask()


class MeanPool(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, inputs, mask=None):
        if mask is not None:
            mask = tf.cast(mask, inputs.dtype)[:, :, None]
            return tf.reduce_sum(inputs * mask, axis=1) / tf.reduce_sum(mask, axis=1)
        return tf.reduce_mean(inputs, axis=1)

def custom_mask_layer():
    inputs = keras.Input((7,), dtype="int32")
    x = layers.Embedding(6, 4, mask_zero=True)(inputs)
    return keras.Model(inputs, MeanPool()(x))


def mask_more():
    inputs = keras.Input((7,), dtype="int32")
    x = layers.Embedding(6, 4, mask_zero=True)(inputs)
    x = layers.Dropout(0.0)(layers.LayerNormalization()(layers.Dense(4, activation="relu")(x)))
    y = layers.GRU(4, return_sequences=True, go_backwards=True)(x)
    z, *states = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    a = layers.Attention()([x, x])
    w = layers.Concatenate()([a, layers.Add()([x, z])])
    b = layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode="sum")(w)
    t = layers.TimeDistributed(layers.Dense(3))(b)
    s = layers.RNN([layers.GRUCell(3), layers.LSTMCell(2)])(t)
    return keras.Model(inputs, [s, layers.GlobalAveragePooling1D()(t), y, states, layers.MultiHeadAttention(2, 3)(x, x)])


class MaskedBlock(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.att = layers.MultiHeadAttention(2, dim // 2)
        self.norm = layers.LayerNormalization()
        self.ffn = keras.Sequential([layers.Dense(dim, activation="relu"), layers.Dense(dim)])

    def call(self, inputs, mask=None):
        padding = None
        if mask is not None:
            padding = ops.cast(mask[:, None, :], "int32")
        x = self.norm(inputs + self.att(inputs, inputs, attention_mask=padding))
        return x + self.ffn(x)

class Positional(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.tokens = layers.Embedding(6, 8, mask_zero=True)
        self.places = layers.Embedding(7, 8)

    def call(self, ids):
        return self.tokens(ids) + self.places(ops.arange(ops.shape(ids)[-1]))

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0)

class Residual(layers.Layer):
    def __init__(self):
        super().__init__()
        self.attention = layers.MultiHeadAttention(2, 4)
        self.add = layers.Add()
        self.norm = layers.LayerNormalization()

    def call(self, x):
        return self.norm(self.add([x, self.attention(x, x)]))


class AttentionTwice(keras.Model):
    """The mask ends at the first attention: the sum with what went in has none."""

    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(6, 8, mask_zero=True)
        self.first, self.second = Residual(), Residual()

    def call(self, tokens):
        return self.second(self.first(self.embedding(tokens)))


def attention_twice():
    return AttentionTwice()


def mask_block():
    inputs = keras.Input((7,), dtype="int64")
    x = Positional()(inputs)
    x = MaskedBlock(8)(MaskedBlock(8)(x))
    return keras.Model(inputs, [x, layers.GlobalAveragePooling1D()(x)])


class Stateful(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = layers.GRU(5, stateful=True)
        self.head = layers.Dense(2)

    def call(self, x):
        first = self.rnn(x)
        second = self.rnn(x * 2)
        self.rnn.reset_state()
        return self.head(first), second, self.rnn(x)


def stateful():
    return Stateful()
