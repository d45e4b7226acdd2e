"""Live functions of Haiku without Python source: they are traced, and written as text that is converted."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")

import ivy  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from ivy.exceptions import GraphMismatch, IvyError, NotConvertible  # noqa: E402

TARGETS = ("torch", "tensorflow", "numpy")
TEXT = """
import haiku as hk
import jax
import jax.numpy as jnp


class Block(hk.Module):
    def __init__(self, size, scale=1.0, name=None):
        super().__init__(name=name)
        self.scale = scale
        self.linear = hk.Linear(size)

    def __call__(self, x):
        gain = hk.get_parameter("gain", [x.shape[-1]], init=jnp.ones)
        return jax.nn.relu(self.linear(x)) * self.scale + x * gain


def repeated(x):
    x = hk.Linear(8)(x)
    for scale in (1.0, 0.5, 0.25):
        x = Block(8, scale)(x)
    return hk.nets.MLP([4, 3])(x)


def normalised(x, is_training):
    x = hk.Conv2D(4, 3, with_bias=False)(x)
    x = jax.nn.relu(hk.BatchNorm(True, True, 0.9)(x, is_training))
    x = hk.max_pool(x, (2, 2, 1), (2, 2, 1), "SAME")
    return hk.Linear(3)(hk.Flatten()(x))


def dropped(x):
    return hk.dropout(hk.next_rng_key(), 0.5, hk.Linear(3)(x))


def dropped_with_a_key(x):
    key = hk.maybe_next_rng_key()
    x = hk.Linear(3)(x)
    return x if key is None else hk.dropout(key, 0.5, x)


def mapped(x):
    w = hk.get_parameter("w", [5, 3], init=hk.initializers.RandomNormal())
    return jax.vmap(lambda row: jnp.tanh(row @ w))(x)
"""


def without_source(text=TEXT):
    """The functions of a text that stands in no file."""
    space = {}
    exec(text, space)  # noqa: S102
    return space


SPACE = without_source()


def drawn(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape), jnp.float32)


def agree(found, expected):
    found, expected = jax.tree.leaves(found), jax.tree.leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(ivy.to_numpy(one)), np.asarray(other), rtol=1e-5, atol=1e-5)


@pytest.fixture(params=TARGETS)
def target(request):
    pytest.importorskip(request.param)
    return request.param


def converted(name, target, *args):
    """The pair of a function, its parameters and the converted model."""
    net = hk.transform(SPACE[name])
    params = net.init(jax.random.key(0), *args)
    return net, params, ivy.transpile(net, to=target, params_v=params, args=args)


def test_a_function_without_source(target):
    net, params, model = converted("repeated", target, drawn(2, 5))
    for batch in (2, 7):
        x = drawn(batch, 5, seed=batch)
        agree(model(x), net.apply(params, None, x))
    others = jax.tree.map(lambda leaf: leaf * 0.5 + 0.1, params)
    if target == "numpy":
        model.params = jax.tree.map(np.asarray, others)
    else:
        ivy.load_weights(model, others)
    agree(model(x), net.apply(others, None, x))


def test_functions_of_functions_are_one_graph(target):
    net, params, model = converted("mapped", target, drawn(2, 5))
    agree(model(drawn(2, 5, seed=1)), net.apply(params, None, drawn(2, 5, seed=1)))
    with pytest.raises(GraphMismatch):
        model(drawn(3, 5))


@pytest.mark.parametrize("name", ["dropped", "dropped_with_a_key"])
def test_what_draws_is_refused(name):
    with pytest.raises(NotConvertible, match="random"):
        converted(name, "torch", drawn(2, 5))


def test_what_is_missing_is_told():
    net = hk.transform(SPACE["repeated"])
    params = net.init(jax.random.key(0), drawn(2, 5))
    with pytest.raises(NotConvertible, match="args="):
        ivy.transpile(net, to="torch", params_v=params)
    model = ivy.transpile(net, to="torch", params_v=params, args=(drawn(2, 5),))
    with pytest.raises(IvyError, match="random key"):
        model(drawn(2, 5), rng=0)


def test_pairs_are_traced():
    net = hk.transform(SPACE["repeated"])
    x = drawn(2, 5)
    params = net.init(jax.random.key(0), x)
    for fn in (net, net.apply):
        graph = ivy.trace_graph(fn, to="torch", args=(params, None, x))
        agree(graph(params, None, x * 0.3), net.apply(params, None, x * 0.3))
