"""Tapes asked for more than weights: what a model computes inside, structures, values kept over an episode."""

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
import numpy as np
import tensorflow as tf
from tensorflow import keras


def numbers(shape, scale=0.5):
    return np.sin(np.arange(np.prod(shape), dtype=np.float32) * scale).reshape(shape)


def with_weights(model):
    model.set_weights([numbers(weight.shape) for weight in model.get_weights()])
    return model


def built():
    inputs = keras.Input((6, 6, 2))
    features = keras.layers.Conv2D(3, 3, activation="relu", name="features")(inputs)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return with_weights(keras.Model(inputs, keras.layers.Dense(4, activation="softmax")(pooled)))


class Parts(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(5, activation="relu")
        self.last = keras.layers.Dense(2)

    def call(self, x):
        hidden = self.first(x)
        return hidden, self.last(hidden)


def heat(images, chosen=None):
    """The gradient of a class by the features that it is computed of."""
    model = built()
    both = keras.Model(model.inputs, [model.get_layer("features").output, model.output])
    with tf.GradientTape() as tape:
        features, preds = both(images)
        if chosen is None:
            chosen = tf.argmax(preds[0])
        score = preds[:, chosen]
    grads = tape.gradient(score, features)
    return tf.reduce_sum(features * tf.reduce_mean(grads, axis=(1, 2), keepdims=True), -1)


def of_parts(x):
    model = Parts()
    model(x)
    with_weights(model)
    with tf.GradientTape(persistent=True) as tape:
        hidden, out = model(x)
        loss = tf.reduce_sum(out ** 2)
    unconnected = tape.gradient(hidden, out, unconnected_gradients="zero")
    return tape.gradient(loss, hidden), unconnected, tape.gradient(loss, model.trainable_weights)[0]


def chained(x):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    found = tape.gradient(z, x), tape.gradient(y, x), tape.gradient(z, y)
    del tape
    return found


def told_apart(x):
    y = tf.reverse(x, [0])
    with tf.GradientTape() as one, tf.GradientTape() as other:
        one.watch(x)
        other.watch(y)
        f = tf.reduce_sum(tf.sin(x) * y)
        g = tf.reduce_sum(tf.cos(y) * x)
    return one.gradient(f, x), other.gradient(g, y)


def by_name(x):
    params = {"w": 2.0 * x, "b": tf.cos(x)}
    with tf.GradientTape() as tape:
        tape.watch(params)
        y = x * params["w"] + params["b"]
        loss = tf.reduce_sum(y * y)
    grads = tape.gradient(loss, params)
    return [params[name] - 0.1 * grads[name] for name in sorted(params)]


def episodes(x):
    """Values that are kept over an episode; the gradient is taken inside of the block, as scripts do."""
    inputs = keras.Input((3,))
    shared = keras.layers.Dense(5, activation="tanh")(inputs)
    outputs = keras.layers.Dense(2, activation="softmax")(shared), keras.layers.Dense(1)(shared)
    model = with_weights(keras.Model(inputs, outputs))
    optimizer = keras.optimizers.SGD(0.1)
    draws = np.random.RandomState(0)
    chosen = []
    values = []
    rewards = []
    found, total = [], 0.0
    for episode in range(2):
        state = x
        with tf.GradientTape() as tape:
            for step in range(3):
                probs, value = model(tf.expand_dims(state, 0))
                values.append(value[0, 0])
                p = np.squeeze(probs).astype("float64")
                action = draws.choice(2, p=p / p.sum())
                chosen.append(tf.math.log(probs[0, action]))
                state = state * 0.5 + action
                rewards.append(float(action) - 0.5)
            total = 0.9 * total + sum(rewards)
            losses = [-log * (reward - value) for log, value, reward in zip(chosen, values, rewards)]
            loss = sum(losses)
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
            chosen.clear()
            values.clear()
            rewards.clear()
        found.append(loss)
    return [*found, tf.constant(total), *model.get_weights()]


class Lazy(tf.Module):
    def __init__(self, size):
        super().__init__()
        self.size, self.built = size, False
        self.calls = tf.Variable(0.0, trainable=False)

    def __call__(self, x):
        if not self.built:
            self.w = tf.Variable(numbers((x.shape[-1], self.size)))
            self.built = True
        self.calls.assign_add(1.0)
        return tf.tanh(x @ self.w)


def lazily(x):
    """A module that makes its variables in the first call, which the tape records."""
    model, losses = Lazy(2), []
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(x[None]) ** 2)
        (grad,) = tape.gradient(loss, model.trainable_variables)
        model.w.assign_sub(0.1 * grad)
        losses.append(loss)
    return [*losses, tf.identity(model.w), tf.identity(model.calls)]
'''

X = np.array([0.3, -0.7, 1.1], np.float32)
CASES = {
    "heat": np.random.default_rng(0).random((2, 6, 6, 2)).astype(np.float32),
    "of_parts": np.random.default_rng(1).random((2, 3)).astype(np.float32),
    **dict.fromkeys(("chained", "told_apart", "by_name", "episodes", "lazily"), X),
}


@functools.cache
def module(framework: str) -> types.ModuleType:
    """The cases in a framework."""
    if framework != "tensorflow":
        return converted(SOURCE, "tensorflow", framework)
    made = types.ModuleType("source_of_results")
    exec(SOURCE, made.__dict__)  # noqa: S102
    return made


@functools.cache
def results(framework: str, case: str) -> list[np.ndarray | None]:
    """What a case gives in a framework, as arrays of NumPy."""
    if framework == "tensorflow":
        array = tf.constant
    elif framework == "torch":
        array = pytest.importorskip("torch").tensor
    else:
        array = pytest.importorskip("jax").numpy.asarray
    found = getattr(module(framework), case)(array(CASES[case]))
    found = found if isinstance(found, (list, tuple)) else [found]
    found = [value.detach() if hasattr(value, "detach") else value for value in found]
    return [value if value is None else np.asarray(value) for value in found]


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("case", CASES)
def test_gradients_are_the_same(case, target):
    for one, other in zip(results("tensorflow", case), results(target, case), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(other, one, atol=1e-5, rtol=1e-4)
