"""Tapes of many forms (nested, persistent, jacobians, weighted) in PyTorch and JAX: the same numbers as in TensorFlow."""

from __future__ import annotations

import functools
import importlib
import os
import types

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")

from .converted_text import converted  # noqa: E402

SOURCE = '''
import tensorflow as tf


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = tf.keras.layers.Dense(8, activation="tanh", kernel_initializer=tf.keras.initializers.Constant(0.1))
        self.d2 = tf.keras.layers.Dense(1, kernel_initializer=tf.keras.initializers.Constant(0.2))

    def call(self, x):
        return self.d2(self.d1(x) * tf.sin(tf.reduce_sum(x, 1, keepdims=True)))


def residual(model, x, t):
    """u_t + u u_x - nu u_xx as physics-informed networks compute it."""
    with tf.GradientTape(persistent=True) as tape2:
        tape2.watch(x)
        with tf.GradientTape(persistent=True) as tape1:
            tape1.watch([x, t])
            u = model(tf.concat([x, t], axis=1))
        u_x = tape1.gradient(u, x)
        u_t = tape1.gradient(u, t)
    u_xx = tape2.gradient(u_x, x)
    del tape1, tape2
    return u_t + u * u_x - 0.01 * u_xx


def pinn_step(x, t):
    model = Net()
    model(tf.concat([x, t], axis=1))
    with tf.GradientTape() as tape:
        f = residual(model, x, t)
        loss = tf.reduce_mean(tf.square(f))
    grads = tape.gradient(loss, model.trainable_variables)
    return [loss] + grads


def maml(x, y):
    w = tf.Variable([[0.3], [-0.2]])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            loss = tf.reduce_mean((tf.matmul(x, w) ** 2 - y) ** 2)
        g = inner.gradient(loss, w)
        w2 = w - 0.1 * g
        loss2 = tf.reduce_mean((tf.matmul(x, w2) ** 2 - y) ** 2)
    return loss2, outer.gradient(loss2, w)


def inner_gradient(w, x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((tf.matmul(x, w) ** 2 - y) ** 2)
    return tape.gradient(loss, w)


def maml2(x, y):
    w = tf.Variable([[0.3], [-0.2]])
    with tf.GradientTape() as outer:
        g = inner_gradient(w, x, y)
        w2 = w - 0.1 * g
        loss2 = tf.reduce_mean((tf.matmul(x, w2) ** 2 - y) ** 2)
    return outer.gradient(loss2, w)


def jac(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.stack([tf.reduce_sum(x ** 2), tf.reduce_prod(x[0])])
    return tape.jacobian(y, x)


def bjac(x):
    with tf.GradientTape() as g:
        g.watch(x)
        y = x * x[:, ::-1] + tf.exp(x)
    return g.batch_jacobian(y, x)


def hessian(x):
    with tf.GradientTape() as t2:
        t2.watch(x)
        with tf.GradientTape() as t1:
            t1.watch(x)
            y = tf.reduce_sum(x ** 3 * tf.reverse(x, [0]))
        g = t1.gradient(y, x)
    return t2.jacobian(g, x)


def weighted(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x ** 2
    return tape.gradient(y, x, output_gradients=2.0 * x)


def unconnected(x):
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
    return tape.gradient(y, [x, v], unconnected_gradients=tf.UnconnectedGradients.ZERO)


def penalty(x, fake):
    model = Net()
    eps = tf.constant([[0.2], [0.7], [0.4], [0.9]])
    mixed = eps * x + (1.0 - eps) * fake
    model(mixed)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(mixed)
            pred = model(mixed, training=True)
        grads = gp_tape.gradient(pred, [mixed])[0]
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1]))
        gp = tf.reduce_mean((norm - 1.0) ** 2)
    return [gp] + tape.gradient(gp, model.trainable_weights)


def saliency(x):
    model = Net()
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = model(x)[:, 0]
    g = tape.gradient(score, x)
    return tf.reduce_max(tf.abs(g), axis=-1)
'''


def arrays(*shape):
    """Numbers for a case."""
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


CASES = {
    "pinn_step": (arrays(4, 1), arrays(4, 1) * 0.5),
    "maml": (arrays(4, 2), arrays(4, 1)),
    "maml2": (arrays(4, 2), arrays(4, 1)),
    "jac": (arrays(3, 3),),
    "bjac": (arrays(3, 3),),
    "hessian": (arrays(3),),
    "weighted": (arrays(3),),
    "unconnected": (arrays(3),),
    "penalty": (arrays(4, 2), arrays(4, 2) * 0.5),
    "saliency": (arrays(4, 2),),
}


@functools.cache
def module(framework: str) -> types.ModuleType:
    """The cases in a framework."""
    if framework != "tensorflow":
        return converted(SOURCE, "tensorflow", framework)
    made = types.ModuleType("source_of_tapes")
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
    found = getattr(module(framework), case)(*map(array, CASES[case]))
    found = found if isinstance(found, (list, tuple)) else [found]
    found = [value.detach() if hasattr(value, "detach") else value for value in found]
    return [value if value is None else np.asarray(value) for value in found]


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("case", CASES)
def test_tapes_give_the_same_numbers(case, target):
    for one, other in zip(results("tensorflow", case), results(target, case), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(other, one, atol=1e-5, rtol=1e-4)


PACKAGE = {
    "__init__.py": "",
    "slopes.py": '''
import tensorflow as tf


def slope_of_weight(weight, x):
    with tf.GradientTape() as tape:
        tape.watch(weight)
        y = tf.reduce_sum((weight * x) ** 3)
    return tape.gradient(y, weight)
''',
    "norms.py": '''
import tensorflow as tf

from .slopes import slope_of_weight


def squared(weight, x):
    return tf.reduce_sum(slope_of_weight(weight, x) ** 2)
''',
    "steps.py": '''
import tensorflow as tf

from .norms import squared


def step(weight, x):
    with tf.GradientTape() as tape:
        tape.watch(weight)
        loss = squared(weight, x)
    return tape.gradient(loss, weight)
''',
}


def test_a_tape_around_a_tape_of_another_file(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    from ivy.s2s.api import source_to_source

    (tmp_path / "taped_source").mkdir()
    for name, text in PACKAGE.items():
        (tmp_path / "taped_source" / name).write_text(text)
    source_to_source(tmp_path / "taped_source", source="tensorflow", to="torch", out=tmp_path / "taped_in_torch")
    monkeypatch.syspath_prepend(tmp_path)
    weight, x = np.float32([0.5, -1.0, 2.0]), np.float32([1.0, 2.0, 3.0])
    expected = importlib.import_module("taped_source.steps").step(tf.constant(weight), tf.constant(x))
    found = importlib.import_module("taped_in_torch.steps").step(torch.tensor(weight), torch.tensor(x))
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-5)
