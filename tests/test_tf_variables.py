"""``tf.Variable``, ``tf.Module`` and tapes over them in PyTorch and JAX: the same numbers as in TensorFlow."""

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
import tensorflow as tf

W = tf.Variable(tf.ones([4, 3]) * 0.1, name="weight")
b = tf.Variable(tf.zeros([3]), name="bias")
counter = tf.Variable(0, trainable=False)


def predictions(x):
    return tf.matmul(x, W) + b


optimizer = tf.optimizers.SGD(0.1, momentum=0.9)


def loss_of(x, y):
    labels = tf.one_hot(y, depth=3)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=predictions(x)))


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(x, y)
        loss += 1e-2 * tf.nn.l2_loss(W)
    variables = [W, b]
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(grads, variables))
    counter.assign_add(1)
    return loss


def global_variables(x, y):
    losses = [train_step(x, y) for _ in range(4)]
    return [*losses, tf.identity(W), tf.identity(b), tf.identity(counter)]


class Linear(tf.Module):
    def __init__(self, sizes, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.linspace(-1.0, 1.0, sizes[0] * sizes[1]), name="w")
        self.b = tf.Variable(tf.zeros([sizes[1]]), name="b")
        self.sizes = sizes

    def __call__(self, x):
        return tf.matmul(x, tf.reshape(self.w, self.sizes)) + self.b


class Network(tf.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = []
        for pair in zip(sizes[:-1], sizes[1:]):
            self.layers.append(Linear(pair))
        self.scales = [tf.Variable(float(i + 1)) for i in range(2)]
        self.steps = tf.Variable(0, trainable=False, dtype=tf.int32)

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = tf.nn.tanh(layer(x)) * self.scales[0]
        return self.layers[-1](x) * self.scales[1]


def modules(x, y):
    model = Network([4, 5, 3])
    out = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - tf.one_hot(y, 3)))
        grads = tape.gradient(loss, model.trainable_variables)
        for gradient, variable in zip(grads, model.trainable_variables):
            variable.assign_sub(0.1 * gradient)
        model.steps.assign_add(1)
        out.append(loss)
    return [*out, *(tf.identity(v) for v in model.variables)]


def alone(x, y):
    start = tf.reduce_mean(x)
    place = tf.Variable(start, dtype=tf.float32)
    path = []
    for _ in range(5):
        with tf.GradientTape() as tape:
            height = (place - 3.0) ** 2 + tf.sin(place)
        slope = tape.gradient(height, place)
        place.assign(place - 0.1 * slope)
        path.append(place.read_value())
    return path


def kept_values(x, y):
    table = tf.Variable(tf.zeros([3, 4]), trainable=False)
    before = table.read_value()
    table[1].assign(x[0])
    table[2, 1:3].assign(x[1, 1:3])
    whole = table.read_value()
    table.assign(tf.zeros([3, 4]))
    return [before, whole, table + 1.0]


class Average(tf.Module):
    def __init__(self, values, decay):
        super().__init__(name="average")
        self.decay = decay
        self.shadow = [tf.Variable(value, trainable=False) for value in values]

    def update(self, values):
        for mean, value in zip(self.shadow, values):
            mean.assign(self.decay * mean + (1.0 - self.decay) * value)


def averages(x, y):
    values = [tf.Variable(x), tf.Variable(x[0] * 2.0)]
    average = Average(values, 0.9)
    for value in values:
        value.assign(value * 0.5)
    average.update(values)
    return [tf.identity(v) for v in (*average.variables, *values)]


def second_derivatives(x, y):
    z = x[0]
    with tf.GradientTape() as outer:
        outer.watch(z)
        with tf.GradientTape() as inner:
            inner.watch(z)
            value = tf.reduce_sum(z**3 + tf.exp(z))
        first = inner.gradient(value, z)
    return [first, outer.gradient(first, z)]
'''
CASES = ("global_variables", "modules", "alone", "kept_values", "averages", "second_derivatives")


@functools.cache
def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows and their classes."""
    generator = np.random.default_rng(0)
    return generator.standard_normal((8, 4)).astype(np.float32), generator.integers(0, 3, 8).astype(np.int32)


@functools.cache
def module(framework: str) -> types.ModuleType:
    """The cases in a framework."""
    if framework != "tensorflow":
        return converted(SOURCE, "tensorflow", framework)
    made = types.ModuleType("source_of_variables")
    exec(SOURCE.replace("@tf.function\n", ""), made.__dict__)  # noqa: S102
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
    found = getattr(module(framework), case)(*map(array, data()))
    return [np.asarray(value.detach() if framework == "torch" else value) for value in found]


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("case", CASES)
def test_variables_give_the_same_numbers(case, target):
    for one, other in zip(results("tensorflow", case), results(target, case), strict=True):
        np.testing.assert_allclose(other, one, atol=2e-6, rtol=2e-6)


def test_modules_are_modules_of_the_target():
    torch = pytest.importorskip("torch")
    model = module("torch").Network([4, 5, 3])
    names = [name for name, _ in model.named_parameters() if "layers" in name]
    assert names == ["layers.0.w", "layers.0.b", "layers.1.w", "layers.1.b"]
    assert "forward" in vars(module("torch").Network) and isinstance(model, torch.nn.Module)
    assert "steps" in dict(model.named_buffers())
