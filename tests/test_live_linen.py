"""Live modules of flax.linen in PyTorch, TensorFlow and NumPy: variables, fields, statistics, shared modules, refusals."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import ivy
import numpy as np
import pytest
from ivy.exceptions import NotConvertible
from ivy.s2s.live.boundary import to_native

pytest.importorskip("flax")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from flax import linen as nn  # noqa: E402


class Block(nn.Module):
    width: int
    act: Callable = nn.gelu

    @nn.compact
    def __call__(self, x):
        scale = self.param("scale", nn.initializers.ones, (self.width,))
        return x + self.act(nn.Dense(self.width)(nn.LayerNorm()(x))) * scale


class Net(nn.Module):
    """A convolution with statistics, blocks of a list and one that is called twice."""

    blocks: tuple[int, ...]
    settings: Any = None
    inner: nn.Module | None = None

    def setup(self):
        self.conv = nn.Conv(8, (3, 3))
        self.bn = nn.BatchNorm(momentum=0.9)
        self.parts = [Block(width) for width in self.blocks]
        self.shared = Block(8, nn.silu)

    def __call__(self, x, train: bool = False):
        x = nn.relu(self.bn(self.conv(x), use_running_average=not train)).mean((1, 2))
        for part in self.parts:
            x = part(x)
        x = self.shared(self.shared(x))
        return self.inner(x) * self.settings["factor"]


def drawn(shapes):
    draw = np.random.default_rng(0)
    return jax.tree.map(lambda v: jnp.asarray(draw.uniform(0.1, 0.9, v.shape), v.dtype), shapes)


def same(found, expected):
    found = np.asarray(found.detach() if hasattr(found, "detach") else found)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def net():
    model = Net((8, 8), {"factor": 2.0}, nn.Sequential([nn.Dense(4), nn.tanh, nn.Dense(2, use_bias=False)]))
    x = np.random.default_rng(1).standard_normal((3, 6, 6, 2)).astype(np.float32)
    return model, drawn(model.init(jax.random.key(0), jnp.asarray(x))), x


@pytest.mark.parametrize("target", ["torch", "tensorflow", "numpy"])
def test_modules_with_their_variables(net, target):
    model, variables, x = net
    converted = ivy.transpile(model, to=target, params_v=variables, args=(x,))
    given = to_native(x, target)
    same(converted(given), model.apply(variables, x))
    expected, changed = model.apply(variables, x, train=True, mutable=["batch_stats"])
    if target != "numpy":
        same(converted(given, train=True), expected)
        same(converted(given), model.apply({**variables, **changed}, x))  # the statistics that training left


@pytest.mark.parametrize("target", ["torch", "tensorflow", "numpy"])
def test_bound_modules_and_layers_of_flax(net, target):
    model, variables, x = net
    same(ivy.transpile(model.bind(variables), to=target, args=(x,))(to_native(x, target)), model.apply(variables, x))
    layer = nn.Dense(3, kernel_init=nn.initializers.ones)
    same(
        ivy.transpile(layer, to=target, args=(x,))(to_native(x, target)),
        layer.apply(layer.init(jax.random.key(0), x), x),
    )


def test_what_is_refused(net):
    model, variables, x = net
    with pytest.raises(NotConvertible, match="give the inputs of a call with args="):
        ivy.transpile(model, to="torch", params_v=variables)
    with pytest.raises(NotConvertible, match="not what init returns"):
        ivy.transpile(model, to="torch", params_v=[1], args=(x,))
    with pytest.raises(NotConvertible, match="missing from the state.*bn"):
        ivy.transpile(model, to="torch", params_v={"params": variables["params"]}, args=(x,))
    with pytest.raises(NotConvertible, match="precision="):
        ivy.transpile(nn.Dense(2, precision="highest"), to="torch", args=(x,))
    with pytest.raises(NotConvertible, match="to torch, tensorflow and numpy"):
        ivy.transpile(model, to="jax", args=(x,))
