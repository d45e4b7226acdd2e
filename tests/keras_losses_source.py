"""Losses that layers add, and penalties of all kinds of weights; converted by test_keras_tapes.py."""

import keras
import tensorflow as tf
from keras import layers, ops, regularizers

from .keras_tapes_source import wave

CONSTANT = keras.initializers.Constant(0.2)


class Sparse(layers.Layer):
    """What it is given, of which it adds squares to the loss, and more in training."""

    def __init__(self, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, x, training=False):
        self.add_loss(self.rate * ops.mean(ops.square(x)))
        if training:
            self.add_loss(0.05 * ops.sum(ops.abs(x)))
        return x


class Own(layers.Layer):
    """A layer whose weights have penalties."""

    def __init__(self, units, regularizer=None):
        super().__init__()
        self.units = units
        self.regularizer, self.of_bias = regularizers.get(regularizer), regularizers.L1(0.1)

    def build(self, input_shape):
        size = (input_shape[-1], self.units)
        self.w = self.add_weight(shape=size, initializer=wave, regularizer=self.regularizer, name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", regularizer=self.of_bias, name="b")

    def call(self, x):
        return ops.matmul(x, self.w) + self.b


class Untold(keras.Model):
    """A model whose ``call`` takes no ``training``: ``fit`` does not tell it that it trains."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(4, "relu", kernel_initializer=wave, activity_regularizer=regularizers.L1(0.01))
        self.norm, self.first, self.shared = layers.BatchNormalization(), Sparse(), Sparse(0.3)
        self.out = Own(6, "l2")

    def call(self, x):
        z = self.shared(self.first(self.norm(self.hidden(x))))
        z = self.shared(z * 2.0)
        self.add_loss(0.2 * ops.mean(z))
        return self.out(z)


def added(data):
    model = Untold()
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    options = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0, "validation_split": 0.2}
    history = model.fit(data["x"], data["x"], **options).history
    tested = model.evaluate(data["x"], data["x"], verbose=0)
    model(data["x"][:4])
    return history, tested, [float(loss) for loss in model.losses], model.get_weights()


def added_below_a_tape(data):
    model, optimizer, history = Untold(), keras.optimizers.Adam(0.01), []
    for start in range(0, 40, 10):
        x = tf.constant(data["x"][start : start + 10])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x - model(x, training=True)) ** 2) + sum(model.losses)
        grads = tape.gradient(loss, model.trainable_weights)
        optimizer.apply_gradients(zip(grads, model.trainable_weights))
        history.append((float(loss), [float(each) for each in model.losses]))
    return history, model.get_weights()


def penalties_inside(data):
    """Penalties of cells, of both directions, of projections, and of what a layer gives."""
    inputs = keras.Input((3, 2))
    x = layers.LSTM(
        4, return_sequences=True, kernel_regularizer="l2", recurrent_regularizer=regularizers.L1(0.02),
        bias_regularizer="l2", kernel_initializer=wave, recurrent_initializer=wave,
    )(inputs)  # fmt: skip
    gates = layers.GRU(
        3, return_sequences=True, recurrent_regularizer="l2", kernel_initializer=CONSTANT, recurrent_initializer=CONSTANT
    )
    x = layers.Bidirectional(gates)(x)
    x = layers.MultiHeadAttention(2, 3, kernel_regularizer="l2", kernel_initializer=CONSTANT)(x, x)
    x = layers.Flatten()(layers.ActivityRegularization(l1=0.01, l2=0.02)(x))
    model = keras.Model(inputs, layers.Dense(1, kernel_initializer=wave)(x))
    model.compile(keras.optimizers.SGD(0.05), "mse")
    options = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0}
    history = model.fit(data["x"].reshape(60, 3, 2), data["sizes"], **options).history
    return history, model.get_weights()


def names_out_of_order(data):
    """Weights keep their order in training, whatever the layers are called."""
    inputs = keras.Input((6,))
    x = layers.Dense(4, name="z", kernel_initializer=wave)(inputs)
    a, b = (layers.Dense(3, name=name, kernel_initializer=wave, use_bias=name == "y")(x) for name in ("y", "b"))
    model = keras.Model(inputs, layers.Add()([a, b]))
    model.compile("sgd", "mse")
    model.fit(data["x"], data["x"][:, :3], shuffle=False, verbose=0)
    return model.get_weights()


class Listed(keras.Model):
    """Layers in lists and dictionaries before and after others."""

    def __init__(self):
        super().__init__()
        self.blocks = [layers.Dense(3), layers.Dense(4)]
        self.norm = layers.BatchNormalization()
        self.more = []
        for size in (5, 6):
            self.more.append(layers.Dense(size))
        self.out, self.heads = layers.Dense(7), {"a": layers.Dense(8)}

    def call(self, x):
        for layer in [*self.blocks, self.norm, *self.more, self.out, self.heads["a"]]:
            x = layer(x)
        return x


def orders_of_weights(data):
    """Lists count where they are set, outputs by name by their sorted names; ``fit`` sorts the names of what it logs."""
    listed = Listed()
    listed(data["x"][:2])
    inputs = keras.Input((6,))
    outputs = {"b": layers.Dense(1, name="b")(inputs), "a": layers.Dense(2, name="a")(inputs)}
    named = keras.Model(inputs, outputs)
    named.compile("sgd", {"b": "mse", "a": "mse"}, loss_weights={"b": 1.0, "a": 0.5}, metrics={"b": ["mae"]})
    targets = {"b": data["x"][:, :1], "a": data["x"][:, :2]}
    history = named.fit(data["x"], targets, verbose=0).history
    return [[list(w.shape) for w in model.get_weights()] for model in (listed, named)], list(history)


CASES = (orders_of_weights, added, added_below_a_tape, penalties_inside, names_out_of_order)
