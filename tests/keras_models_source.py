"""Models in the style of Keras projects, which the tests convert."""

import keras
import tensorflow as tf
from keras import layers, ops
from tensorflow.keras import regularizers


def conv_block(x, filters, name, weight_decay=1e-4):
    x = layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(seed=1),
        kernel_regularizer=regularizers.l2(weight_decay),
        name=name + "_conv",
    )(x)
    x = layers.BatchNormalization(name=name + "_bn")(x)
    return layers.Activation(tf.nn.relu)(x)


def unet(input_shape=(32, 32, 3), classes=2, depth=2, rate=0.2):
    inputs = keras.Input(shape=input_shape)
    x, skips = inputs, []
    for level in range(depth):
        x = conv_block(x, 8 * 2**level, f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(rate)(conv_block(x, 8 * 2**depth, "middle"))
    for level in reversed(range(depth)):
        x = layers.Conv2DTranspose(8 * 2**level, 3, strides=2, padding="same", name=f"up{level}")(x)
        x = layers.concatenate([x, skips[level]])
        x = conv_block(x, 8 * 2**level, f"merge{level}")
    x = x + 0.5 * ops.relu(-x)
    outputs = layers.Conv2D(classes, 1, activation="softmax", name="out")(x)
    return keras.Model(inputs, outputs, name="unet")


def dense_stages(stages=3):
    """A list of tensors grows after it was given to layers, and is the list of outputs."""
    inputs = keras.Input((16,))
    found = [layers.Dense(4, name="stage0")(inputs)]
    for stage in range(1, stages):
        x = layers.Concatenate()([inputs, *found]) if stage > 2 else layers.concatenate(found)
        found.append(layers.Dense(4, activation="tanh", name=f"stage{stage}")(x))
    model = keras.Model(inputs, found)
    found.append(inputs)
    return model


@keras.saving.register_keras_serializable(package="demo")
class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim // num_heads)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs, training=None):
        attn_output = self.att(inputs, inputs, use_causal_mask=True)
        attn_output = self.dropout1(attn_output, training=training)
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.dropout2(self.ffn(out1), training=training)
        return self.layernorm2(out1 + ffn_output)

    def get_config(self):
        config = super().get_config()
        config.update({"rate": 0.1})
        return config


class TokenAndPosition(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.token_emb = layers.Embedding(vocab_size, embed_dim)
        self.pos_emb = layers.Embedding(maxlen, embed_dim)

    def call(self, x):
        positions = tf.range(start=0, limit=tf.shape(x)[-1], delta=1)
        return self.token_emb(x) + self.pos_emb(positions)


def text_classifier(maxlen=12, vocab=20):
    inputs = layers.Input(shape=(maxlen,), dtype="int32")
    x = TokenAndPosition(maxlen, vocab, 8)(inputs)
    x = TransformerBlock(8, 2, 16)(x)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dense(3, activation=keras.activations.swish, kernel_regularizer="l2")(x)
    return keras.Model(inputs=inputs, outputs={"logits": x, "double": 2 * x})


class Linear(layers.Layer):
    def __init__(self, units=4, scale_first=True, **kwargs):
        super(Linear, self).__init__(**kwargs)  # noqa: UP008
        self.units = units
        self.supports_masking = True
        self.kernel_initializer = keras.initializers.get("glorot_uniform")
        self.activation = keras.activations.get("tanh")
        self.input_spec = layers.InputSpec(ndim=2)

    def build(self, input_shape):
        self.w = self.add_weight(
            name="w", shape=(input_shape[-1], self.units), initializer=self.kernel_initializer, regularizer="l2"
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)
        self.total = self.add_weight(name="total", shape=(), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs):
        return self.activation(tf.matmul(inputs, self.w) + self.b)


class VAE(keras.Model):
    def __init__(self, latent_dim=2, **kwargs):
        super().__init__(**kwargs)
        self.encoder = keras.Sequential(
            [layers.Input((6,)), layers.Dense(5, activation="relu"), layers.Dense(2 * latent_dim)]
        )
        self.decoder = keras.Sequential([layers.Dense(5, activation="relu"), Linear(6)])
        self.blocks = []
        for i in range(2):
            self.blocks.append(layers.Dense(6, name=f"block{i}"))
        self.heads = [[layers.Dense(6), layers.BatchNormalization()] for _ in range(2)]

    def call(self, inputs, training=False):
        z_mean, z_log_var = tf.split(self.encoder(inputs), 2, axis=-1)
        z = z_mean
        if training:
            z = z + tf.exp(0.5 * z_log_var) * tf.random.normal(shape=tf.shape(z_mean))
        x = self.decoder(z)
        for block in self.blocks:
            x = block(x)
        for dense, norm in self.heads:
            x = norm(dense(x), training=training)
        return x


def generator():
    model = keras.Sequential(name="generator")
    model.add(layers.Dense(4 * 4 * 8, use_bias=False, input_shape=(10,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((4, 4, 8)))
    assert model.output_shape == (None, 4, 4, 8)
    model.add(layers.Conv2DTranspose(4, (5, 5), strides=(2, 2), padding="same", use_bias=False))
    model.add(layers.UpSampling2D())
    model.add(layers.Conv2D(1, 3, padding="same", activation="tanh"))
    return model


def transfer(classes=4):
    base = unet()
    base.trainable = False
    x = base.get_layer("middle_bn").output
    features = keras.Model(base.input, [x, base.layers[-1].output])
    inputs = keras.Input((32, 32, 3))
    first, second = features(inputs, training=False)
    shared = layers.Dense(classes)
    a = shared(layers.GlobalAveragePooling2D()(first)[:, :2])
    b = shared(layers.GlobalAveragePooling2D()(second))
    height = first.shape[1]
    return keras.Model(inputs=[inputs], outputs=layers.add([a, b]) / float(height))


def two_inputs():
    image = keras.Input(shape=(8,), name="image")
    text = keras.Input(shape=(5,), name="text")
    x = layers.Concatenate()([layers.Dense(3)(image), layers.Dense(3)(text)])
    return keras.Model(inputs={"image": image, "text": text}, outputs=layers.Dense(2)(x))


def train(model):
    model.compile(optimizer="adam", loss="mse")
    model.summary()
    model.add_loss(1.0)
    return model
