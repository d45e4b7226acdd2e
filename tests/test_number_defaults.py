"""Parameters that have a float as default are numbers as often as arrays, through which gradients flow."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ivy.s2s.pipeline import convert_text  # noqa: E402

from .converted_text import converted  # noqa: E402

SOURCES = {
    "jax": """
from typing import NamedTuple

import jax.numpy as jnp


class Normal:
    def __init__(self, loc=0.0, scale=1.0):
        self.loc = loc
        self.scale = scale

    def log_prob(self, x):
        return -0.5 * ((x - self.loc) / self.scale) ** 2 - jnp.log(self.scale)


class Steps(NamedTuple):
    size: float


def huber(x, value: float = 1.0):
    return value * jnp.minimum(jnp.abs(x), value) + jnp.sqrt(value)


def softened(x, value=2):
    return x / jnp.exp(-value)


def floored(x, value: float = None):
    return jnp.maximum(jnp.exp(value), 0.1) * x


def moved(x, value):
    return x * jnp.tanh(Steps(value).size)


def likelihood(x, value=1.0):
    return Normal(scale=value).log_prob(x)
""",
    "tensorflow": """
import keras
import tensorflow as tf


class Normal:
    def __init__(self, scale: float = 1.0):
        self.scale = scale

    def log_prob(self, x):
        return -0.5 * (x / self.scale) ** 2 - tf.math.log(self.scale)


def huber(x, value: float = 1.0):
    return value * tf.minimum(tf.abs(x), value) + tf.sqrt(value)


def likelihood(x, value=1.0):
    return Normal(value).log_prob(x) + keras.ops.exp(value)
""",
}
CASES = [("jax", name) for name in ("huber", "softened", "floored", "moved", "likelihood")]
CASES += [("tensorflow", name) for name in ("huber", "likelihood")]


def source_results(source: str, name: str, x: np.ndarray, value) -> tuple[np.ndarray, np.ndarray]:
    """What a function gives in its own framework, and the gradient of the sum for ``value``."""
    space: dict = {}
    framework = pytest.importorskip(source)
    exec(SOURCES[source], space)  # noqa: S102
    function = space[name]
    if source == "jax":
        gradient = framework.grad(lambda v: function(x, v).sum())(framework.numpy.asarray(value))
        return np.asarray(function(x, value)), np.asarray(gradient)
    variable = framework.Variable(value)
    with framework.GradientTape() as tape:
        total = framework.reduce_sum(function(x, variable))
    return np.asarray(function(framework.constant(x), value)), np.asarray(tape.gradient(total, variable))


@pytest.mark.parametrize("value", [0.7, np.array([0.5, 0.9, 1.4, 2.0], np.float32)], ids=["number", "array"])
@pytest.mark.parametrize(("source", "name"), CASES)
def test_floats_as_defaults_may_be_given_arrays(source, name, value):
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    expected, expected_gradient = source_results(source, name, x, value)
    function = getattr(converted(SOURCES[source], source, "torch"), name)
    if isinstance(value, float):
        np.testing.assert_allclose(function(torch.tensor(x), value).numpy(), expected, rtol=2e-6)
    tensor = torch.tensor(value, requires_grad=True)
    result = function(torch.tensor(x), tensor)
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=2e-6)
    (gradient,) = torch.autograd.grad(result.sum(), tensor)
    np.testing.assert_allclose(gradient.numpy(), expected_gradient, rtol=1e-5)


def test_what_is_asked_for_its_rank_is_an_array_in_tensorflow():
    text = "import tensorflow as tf\n\n\ndef asked(x):\n    return tf.rank(x), tf.size(x)\n"
    assert "return x.ndim, torch.numel(x)" in convert_text(text, "tensorflow", "torch", "asked").code


SETTINGS = """
import jax.numpy as jnp
from jax import lax


class Kernel:
    def __init__(self, scale, width, points):
        self.scale, self.width, self.points = scale, width, points

    def __call__(self, x):
        x = jnp.exp(-x / self.width) * jnp.log(self.scale)
        return x * jnp.sqrt(self.width) + jnp.exp(-1.0 / self.width) + jnp.mean(self.points)


def decayed(rate):
    step = lambda state: (state[0] * jnp.cos(state[0]), state[1] + 1)
    value, count = lax.while_loop(lambda state: state[1] < 3, step, (rate, 0))
    return lax.fori_loop(0, 2, lambda i, x: jnp.sin(x), value), count
"""


@pytest.mark.parametrize("scale", [2.0, 3, np.float32(0.7)])
def test_what_constructors_are_given_may_be_numbers(scale):
    """Functions of tensors are given tensors; loops carry arrays."""
    jax = pytest.importorskip("jax")
    source: dict = {}
    exec(SETTINGS, source)  # noqa: S102
    result = converted(SETTINGS, "jax", "torch")
    x, points = np.linspace(0.1, 1.0, 4, dtype=np.float32), np.arange(3, dtype=np.float32)
    expected = source["Kernel"](scale, 3, jax.numpy.asarray(points))(x)
    found = result.Kernel(torch.tensor(scale) if isinstance(scale, np.float32) else scale, 3, torch.tensor(points))
    np.testing.assert_allclose(found(torch.tensor(x)).numpy(), expected, rtol=1e-5)
    for ours, theirs in zip(result.decayed(0.3), source["decayed"](0.3), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-5)


TABLE = """
import jax.numpy as jnp
import numpy as np


def positions(count, size, low=1.0, high=100.0):
    table = np.zeros((count, size), dtype=np.float32)
    factor = -np.log(high / low) / (size // 2)
    scale = low * np.exp(np.arange(0, size) * factor)
    table[:] = np.sin(np.arange(0, count)[:, np.newaxis] * scale)
    return jnp.array(table)
"""


@pytest.mark.parametrize("target", ["torch", "tensorflow"])
def test_numbers_leave_arrays_of_numpy_as_they_are(target):
    pytest.importorskip(target)
    expected = np.sin(np.arange(3)[:, None] * np.exp(np.arange(4) * -np.log(100.0) / 2))
    np.testing.assert_allclose(np.asarray(converted(TABLE, "jax", target).positions(3, 4)), expected, atol=1e-5)
