"""Models in the style of libraries on Keras 3: graphs that are subclasses, policies, registered classes."""

import keras
from keras import layers, ops


def registered(name):
    def wrap(cls):
        keras.saving.register_keras_serializable(package="demo", name=name)(cls)
        return cls

    return wrap


def cloned(initializer):
    if not isinstance(initializer, keras.initializers.Initializer):
        return initializer
    return initializer.__class__.from_config(initializer.get_config())


class Backbone(keras.Model):
    def __init__(self, *args, dtype=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.inside = len({id(layer) for layer in self._flatten_layers()})
        if keras.config.backend() == "theano":
            raise ValueError("too old")

    @property
    def token_embedding(self):
        return getattr(self, "_token_embedding", None)

    @token_embedding.setter
    def token_embedding(self, value):
        self._token_embedding = value


@registered("Block")
class Block(layers.Layer):
    def __init__(self, dim, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape):
        self._self_attention_dense = layers.Dense(
            3 * self.dim, kernel_initializer=cloned(self.initializer), dtype=self.dtype_policy, name="qkv"
        )
        self._self_attention_dense.build(input_shape)
        self.steps = self.add_weight(shape=(), dtype=int, initializer="zeros", trainable=False, name="steps")
        self.norm = layers.LayerNormalization(dtype=keras.DTypePolicy("float32"))
        self.norm.build(self._self_attention_dense.compute_output_shape(input_shape)[:-1] + (self.dim,))

    def call(self, x, mask=None):
        parts = ops.split(self._self_attention_dense(x), 3, axis=-1)
        q, k, v = [ops.reshape(part, (-1, ops.shape(x)[1], 2, self.dim // 2)) for part in parts]
        mask = None if mask is None else ops.cast(mask, "bool")[:, None, None, :]
        found = ops.dot_product_attention(q, k, v, mask=mask)
        return self.norm(x + ops.reshape(found, ops.shape(x)))


class Encoder(Backbone):
    def __init__(self, vocabulary=11, dim=8, count=2, **kwargs):
        ids = keras.Input((None,), dtype="int32", name="ids")
        self.token_embedding = layers.ReversibleEmbedding(
            vocabulary, dim, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.3), name="tokens"
        )
        self.blocks = []
        for index in range(count):
            block = Block(dim, keras.initializers.RandomNormal(stddev=0.2), name=f"block_{index}")
            self.blocks.append(block)
        x = self.token_embedding(ids)
        for block in self.blocks:
            x = block(x)
        logits = self.token_embedding(x, reverse=True)
        if not isinstance(logits, keras.KerasTensor):
            raise ValueError("the model is not put together")
        super().__init__(inputs=ids, outputs={"hidden": x, "logits": logits}, **kwargs)


class Stage(layers.Layer):
    def __init__(self, dim, name=None):
        super().__init__()
        self.dense = layers.Dense(dim, name=f"{name}_dense")
        self.name = name

    def call(self, x):
        return self.dense(x)


class Staged(Backbone):
    """The list of layers is an attribute after the graph was made; other layers are none."""

    def __init__(self, count=2):
        inputs = keras.Input((4,))
        stages = [Stage(4, name=f"stage_{index}") for index in range(count)]
        x = inputs
        for stage in stages:
            x = layers.LayerNormalization()(stage(x))
        super().__init__(inputs=inputs, outputs=Stage(3, name="last")(x))
        self.stages = stages


def unsure(x):
    return isinstance(x, keras.KerasTensor)


def padded(inputs):
    x = ops.pad(inputs, ((0, 0), (1, 2), (0, 1), (0, 0)), constant_values=-1.0)
    return layers.Conv2D(4, 3, name="conv")(x)


def image_model():
    inputs = keras.Input((6, 6, 3))
    return keras.Model(inputs, ops.mean(padded(inputs), axis=(1, 2)))


def placed(x, indices, updates):
    return ops.scatter_update(x, indices, updates), ops.scatter(indices, updates, (7,))


class Averaged(layers.Layer):
    """Weights that the layer itself changes."""

    def build(self, shape):
        self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="steps")
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")
        self.mean.assign(self.first(shape[-1]))

    def first(self, size):
        return ops.linspace(0.0, 1.0, size)

    def call(self, x, training=False):
        if training:
            self.steps.assign_add(1)
            self.mean.assign(0.9 * self.mean + 0.1 * ops.mean(x, axis=0))
        return x - self.mean


def funnel(inputs, width):
    x = layers.Dense(width)(inputs)
    x = ops.concatenate([x, ops.flip(x, axis=1)], axis=-1)
    return ops.pad(x, [[0, 0], [1, 1], [0, 0]])


def funnel_model():
    ids = keras.Input((6,), dtype="int32")
    found = ops.cast(ops.not_equal(ids, 0), "float32")[..., None]
    return keras.Model(ids, funnel(found, 3))


class Cached(layers.MultiHeadAttention):
    def call(self, query, scale=1.0, training=None):
        q, k, v = self._query_dense(query), self._key_dense(query), self._value_dense(query)
        mask = ops.cast(ops.tile(query[:, None, :, 0] > 0, (1, 5, 1)), "int32")
        x, scores = self._compute_attention(q * scale, k, v, attention_mask=mask, training=training)
        return self._output_dense(x) / (self._num_heads * self._key_dim)


class Sharp(layers.MultiHeadAttention):
    def _compute_attention(
        self, query, key, value, attention_mask=None, training=None, return_attention_scores=False
    ):
        scores = ops.softmax(ops.einsum("btnh,bsnh->bnts", query, key) * 3.0, axis=-1)
        return ops.einsum("bnts,bsnh->btnh", scores, value), scores


def on_a_device(x):
    """Names of another framework inside of a function, more than Keras has outside."""
    try:
        from torch import arange, device, double, half, long, short, uint8  # noqa: F401
    except ImportError:
        return None
    return ops.relu(x)


def rooted(x, size):
    return x * ops.cast(ops.sqrt(size), x.dtype)
