"""Forms that scripts of Keras and TensorFlow have: checks, stitched parts, first states, constants of NumPy, old arguments."""

from __future__ import annotations

import functools
import os
import types

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")

from .converted_text import converted  # noqa: E402

SOURCE = '''
import keras
import numpy as np
import tensorflow as tf


def filled(model):
    model.set_weights([0.5 * np.cos(np.arange(w.size)).reshape(w.shape) for w in model.get_weights()])
    return model


def routed(x):
    """Parts of a batch go different ways and come back to their places."""
    choice = tf.cast(x[:, 0] > 0.5, tf.int32)
    places = tf.dynamic_partition(tf.range(len(choice)), choice, 2)
    first, second = tf.dynamic_partition(x, choice, 2)
    return tf.dynamic_stitch(places, [first * 2.0, tf.sin(second)])


def checked(x):
    tf.debugging.assert_all_finite(x, "finite")
    tf.debugging.assert_near(x, x + 1e-8)
    return x


def is_refused(x):
    """What checks find."""
    found = []
    for far in (0.1, np.inf):
        try:
            if far < 1.0:
                tf.debugging.assert_near(x, x + far)
            else:
                tf.debugging.assert_all_finite(x * far, "finite")
            found.append(0.0)
        except Exception:
            found.append(1.0)
    return tf.constant(found)


def density(x, mean, logvar):
    """A function that is given arrays, and numbers."""
    return (x - mean) ** 2 * tf.exp(-logvar) + logvar + tf.math.log(2.0 * np.pi)


def constants(x):
    return density(x, 0.0, 0.0) - density(x, x * 0.5, x)


class Reader(keras.Model):
    def __init__(self):
        super().__init__()
        self.gru = keras.layers.GRU(3, return_sequences=True, return_state=True)

    def call(self, x, states=None):
        if states is None:
            states = self.gru.get_initial_state(tf.shape(x)[0])
        x, states = self.gru(x, initial_state=states)
        return x, states


def first_states(x):
    model = Reader()
    model(x[None])
    filled(model)
    ys, state = model(x[None])
    return ys, state, model(x[None], states=state)[0]


def old_inputs(x):
    layers = [keras.layers.InputLayer(input_shape=(4,)), keras.layers.Dense(2, activation="tanh")]
    return filled(keras.Sequential(layers))(x)


class Masked(keras.layers.Layer):
    """A kernel times a mask of NumPy."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2, kernel_initializer="ones")

    def build(self, input_shape):
        self.dense.build(input_shape)
        self.mask = np.zeros((input_shape[-1], 2), np.float32)
        self.mask[:2] = 1.0

    def call(self, x):
        return x @ (self.dense.kernel * self.mask)


def masked(x):
    return Masked()(x)


def rows(x):
    labels = keras.utils.to_categorical(np.array([0, 2, 1]), 3)
    return x[:3, :3] * labels.astype("float32")


def nested(x):
    first, second = keras.Sequential([keras.layers.Dense(3)]), keras.Sequential([keras.layers.Dense(1)])
    second(first(x))
    first, second = filled(first), filled(second)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(second(first(x)) ** 2)
    weights = [first.trainable_variables, second.trainable_variables]
    return [gradient for part in tape.gradient(loss, weights) for gradient in part]
'''

X = np.random.default_rng(0).random((5, 4)).astype(np.float32)
CASES = ["routed", "checked", "is_refused", "constants", "first_states", "old_inputs", "masked", "rows", "nested"]


@functools.cache
def module(framework: str) -> types.ModuleType:
    """The cases in a framework."""
    if framework != "tensorflow":
        return converted(SOURCE, "tensorflow", framework)
    made = types.ModuleType("source_of_forms")
    exec(SOURCE, made.__dict__)  # noqa: S102
    return made


@functools.cache
def results(framework: str, case: str) -> list[np.ndarray]:
    """What a case gives in a framework, as arrays of NumPy."""
    if framework == "tensorflow":
        array = tf.constant
    elif framework == "torch":
        array = pytest.importorskip("torch").tensor
    else:
        array = pytest.importorskip("jax").numpy.asarray
    found = getattr(module(framework), case)(array(X))
    found = found if isinstance(found, (list, tuple)) else [found]
    found = [value[0] if isinstance(value, (list, tuple)) else value for value in found]
    return [np.asarray(value.detach() if hasattr(value, "detach") else value) for value in found]


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("case", CASES)
def test_results_are_the_same(case, target):
    for one, other in zip(results("tensorflow", case), results(target, case), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-5, rtol=1e-4)
