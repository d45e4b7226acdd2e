"""Small forms of TensorFlow code: what is put into lists, layers without their activation, sequences in tapes."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")

import ivy  # noqa: E402

from .keras_running import assert_same, run_code  # noqa: E402
from .test_keras_own_layers import both  # noqa: E402

FORMS = """
import numpy as np
import tensorflow as tf
import keras


def pair(x):
    return x + 1.0, x * 2.0


def listed(x):
    found = []
    for _ in range(2):
        found += pair(x)
    return found


def stacked(x):
    return tf.stack([np.ones(2, "float32"), np.zeros(2, "float32")]) + x


class Averages:
    def __init__(self, count):
        self.first, self.second = [], []
        for _ in range(count):
            self.first.append(tf.Variable(tf.zeros(2)))
            self.second.append(tf.Variable(tf.ones(2)))

    def update(self, x):
        for i in range(len(self.first)):
            self.first[i].assign(0.9 * self.first[i] + 0.1 * x)
            self.second[i].assign_add(x)
        return [tf.convert_to_tensor(v) for v in self.first + self.second]


def logits(x):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax", kernel_initializer="ones")])
    model.layers[-1].activation = None
    return model(x)
"""
CRITIC = """
import keras
import tensorflow as tf
from keras import layers


def build():
    return keras.Sequential([keras.Input((4,)), layers.Dense(6), layers.ELU(), layers.LayerNormalization(), layers.Dense(1)])


def step(critic, optimizer, x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(critic(x, training=True)))
    grads = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(grads, critic.trainable_variables))
    return loss


def make_optimizer():
    return keras.optimizers.SGD(0.1)
"""


def test_lists_and_layers_of_other_kinds():
    source: dict = {}
    exec(FORMS, source)  # noqa: S102
    converted = run_code(FORMS, "torch")
    x = np.array([[0.5, -1.0], [2.0, 3.0]], "float32")
    for name in ("listed", "stacked", "logits"):
        assert_same(getattr(converted, name)(torch.from_numpy(x)), source[name](tf.constant(x)))
    ours, theirs = converted.Averages(2), source["Averages"](2)
    for _ in range(2):
        assert_same(ours.update(torch.from_numpy(x[0])), theirs.update(tf.constant(x[0])))


def test_a_sequence_that_is_told_its_mode(tmp_path):
    source, target = both(CRITIC, tmp_path)
    model, converted = source.build(), target.build()
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    model.save_weights(tmp_path / "model.weights.h5")
    ivy.load_weights(converted, tmp_path / "model.weights.h5")
    x = rng.normal(size=(5, 4)).astype("float32")
    optimizers = source.make_optimizer(), target.make_optimizer()
    for _ in range(3):
        wanted = source.step(model, optimizers[0], tf.constant(x))
        assert_same(target.step(converted, optimizers[1], torch.from_numpy(x)), wanted)


BACKEND = '''
import inspect

from tensorflow.keras import backend as K
from tensorflow.keras import layers


class Scores(layers.Layer):
    def call(self, x):
        size = K.shape(x)[-1]
        e = K.batch_dot(x, x, axes=2) / K.sqrt(K.cast(size, dtype=K.floatx()))
        return K.batch_dot(e, x)


class Stack(layers.Layer):
    """Tells those of its layers that it is training which ask for it."""

    def __init__(self, parts, **kwargs):
        super().__init__(**kwargs)
        self.parts = parts

    def call(self, x, training=None):
        for part in self.parts:
            told = "training" in dict(inspect.signature(part.call).parameters)
            x = part(x, training=training) if told else part(x)
        return x


def stacked(x):
    return Stack([Scores(), layers.Dropout(0.5), layers.ReLU()])(x)
'''


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_products_of_examples_and_layers_that_are_asked(target):
    source: dict = {}
    exec(BACKEND, source)  # noqa: S102
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    array = {"torch": torch.from_numpy, "numpy": np.asarray}.get(target)
    if target == "jax":
        array = pytest.importorskip("jax").numpy.asarray
    assert_same(run_code(BACKEND, target).stacked(array(x)), source["stacked"](tf.constant(x)))


COMPILED = """
import keras
from keras import layers


def build():
    return keras.Sequential([
        keras.Input((4,)),
        layers.Dense(6, activation="relu", kernel_regularizer="l2"),
        layers.Dense(1, kernel_regularizer=keras.regularizers.L1(0.1), bias_regularizer="l1"),
    ])


def train(model, x, y):
    model.compile("sgd", "mse", metrics=["mae"])
    first = model.fit(x, y, epochs=2, shuffle=False, verbose=0).history
    model.compile(keras.optimizers.SGD(0.01))  # the loss and the metrics stay
    second = [float(value) for value in model.train_on_batch(x, y)]
    model.compile("sgd", "mae")
    third = model.fit(x, y, epochs=1, shuffle=False, verbose=0).history
    return first, second, third, model.evaluate(x, y, verbose=0)
"""


def test_penalties_by_name_and_a_second_compile(tmp_path):
    source, target = both(COMPILED, tmp_path)
    text = (tmp_path / "torch" / "model.py").read_text()
    assert "penalised(Linear(4, 6), weight=L2())," in text
    assert "penalised(Linear(6, 1), weight=L1(0.1), bias=L1())," in text
    model, converted = source.build(), target.build()
    model.save_weights(tmp_path / "model.weights.h5")
    ivy.load_weights(converted, tmp_path / "model.weights.h5")
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 4)).astype("float32"), rng.normal(size=(40, 1)).astype("float32")
    assert_same(target.train(converted, x, y), source.train(model, x, y))


UNLISTED = """
import tensorflow as tf


def read(path):
    try:
        return open(path).read()
    except tf.errors.NotFoundError:
        return "TensorFlow has none"
    except FileNotFoundError:
        return "none"


def fail():
    raise tf.errors.DataLossError(None, None, "lost")
"""


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_errors_without_counterpart_are_refused_and_catch_nothing(target):
    """The package must not import TensorFlow, and other errors reach the handlers that come after."""
    module = run_code(UNLISTED, target, refuses=True)
    assert not hasattr(module, "tensorflow") and not hasattr(module, "tf")
    assert module.read("/no/such/file") == "none"
    with pytest.raises(NotImplementedError, match="DataLossError"):
        module.fail()


POSITIONS = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Positions(layers.Layer):
    def call(self, x):
        table = tf.reshape(tf.range(0.0, 21.0), (1, 7, 3))
        return x + table[:, : tf.shape(x)[1]] / 10


def compute(tokens, other):
    first, second = layers.Input((None,), dtype="int64"), layers.Input((None, 3))
    embedded = layers.Embedding(9, 3)(first)
    before = layers.Dense(3, use_bias=False)(second)
    placed = Positions()(embedded)
    model = keras.Model([first, second], [placed + before, layers.GlobalAveragePooling1D()(placed)])
    for number, weight in enumerate(model.trainable_weights):
        weight.assign(np.cos(number + np.arange(np.prod(weight.shape))).reshape(weight.shape))
    return [model.outputs[0].shape, *model([tokens, other])]
"""


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_tables_may_be_shorter_than_the_sizes_that_unknown_axes_are_tried_with(target):
    tokens = np.array([[1, 4, 2, 8, 5], [7, 3, 3, 0, 6]])
    other = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    expected = {}
    exec(POSITIONS, expected)  # noqa: S102
    made = {"torch": torch.tensor, "jax": jax.numpy.asarray, "numpy": np.asarray}[target]
    shape, *found = run_code(POSITIONS, target).compute(made(tokens), made(other))
    keras_shape, *wanted = expected["compute"](tf.constant(tokens), tf.constant(other))
    assert shape == keras_shape == (None, None, 3)
    assert_same(found, wanted)


OPERANDS = """
import keras
import numpy as np
import tensorflow as tf


def lists(x, rows):
    rates = [0.5, 2.0]
    chosen = [row[1] for row in rows]
    found = tf.reduce_sum(x, 0)
    return [rates + x, x * (1, 2), x == [1.0, 3.0], tf.cast(found, tf.int32) == [4, 6], chosen + 0.1 * found]


def listed(x):
    labels = tf.constant([[1.0, 0.0], [0.0, 1.0]])
    return [
        tf.nn.weighted_cross_entropy_with_logits(labels, x, pos_weight=2.0),
        tf.math.segment_sum(x, [0, 0]),
        tf.gather_nd(x, [[0, 1], [1, 0]]),
        tf.scatter_nd([[1], [3]], [5, 6], [5]),
    ]


def loop(rows):
    found = []
    for row in np.array(rows, "float32"):
        row = tf.expand_dims(row, axis=0)
        found.append(tf.math.sin(row)[0, 1])
    return found


def predicted(x):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, kernel_initializer="ones")])
    best = model.predict(x, verbose=0)
    return tf.reduce_max(best, axis=1), keras.ops.one_hot([1, 0], 3), best.argmax(axis=-1)
"""


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_lists_and_arrays_of_numpy_are_operands(target):
    x, rows = np.array([[1.0, 3.0], [3.0, 3.0]], "float32"), [[1.0, 2.0], [3.0, 4.0]]
    expected, module = {}, run_code(OPERANDS, target)
    exec(OPERANDS, expected)  # noqa: S102
    made = {"torch": torch.tensor, "jax": jax.numpy.asarray, "numpy": np.asarray}[target]
    assert_same(module.lists(made(x), rows), expected["lists"](tf.constant(x), rows))
    assert_same(module.listed(made(x)), expected["listed"](tf.constant(x)))
    assert_same(module.loop(rows), expected["loop"](rows))
    assert_same(module.predicted(x), expected["predicted"](x))


CELLS = """
import keras
from keras import ops


class MinimalCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="kernel")

    def call(self, inputs, states):
        output = ops.tanh(0.1 * ops.matmul(inputs, self.kernel)) + 0.5 * states[0]
        return output, [output]


def unrolled(x):
    return keras.layers.RNN([MinimalCell(3), keras.layers.SimpleRNNCell(2, kernel_initializer="ones", recurrent_initializer="ones"), MinimalCell(4)])(x)
"""


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_stacked_cells_without_states_of_their_own(target):
    source: dict = {"__name__": "cells"}
    exec(CELLS, source)  # noqa: S102
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    given = {"torch": torch.from_numpy, "jax": jax.numpy.asarray, "numpy": np.asarray}[target](x)
    assert_same(run_code(CELLS, target).unrolled(given), source["unrolled"](tf.constant(x)))
