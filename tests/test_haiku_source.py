"""Haiku models in PyTorch: the same dictionaries of parameters and state give the same results."""

from __future__ import annotations

import os
import sys
import types

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")
torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

SOURCE = """
import haiku as hk
import jax
import jax.numpy as jnp


class Block(hk.Module):
    def __init__(self, channels, name=None):
        super().__init__(name=name)
        self.channels = channels
        self.conv = hk.Conv2D(channels, 3, stride=2, with_bias=False)
        self.norm = hk.BatchNorm(True, True, 0.9)

    def shift(self, x):
        return hk.Linear(self.channels)(x)

    def __call__(self, x, is_training):
        x = jax.nn.relu(self.norm(self.conv(x), is_training))
        scale = hk.get_parameter("scale", (self.channels,), init=jnp.ones)
        return self.shift(x) * scale


def net(x, is_training):
    x = Block(4)(x, is_training)
    x = Block(6)(x, is_training)
    x = hk.max_pool(x, 2, 2, "SAME")
    x = hk.LayerNorm(-1, True, True)(x)
    x = hk.Flatten()(x)
    return hk.Sequential([hk.Linear(5), jax.nn.relu, hk.Linear(3, w_init=hk.initializers.RandomNormal(0.1))])(x)


def sequence(x):
    core = hk.LSTM(4)
    y, state = hk.dynamic_unroll(core, x, core.initial_state(x.shape[1]))
    core = hk.GRU(3)
    y, state = hk.dynamic_unroll(core, y, core.initial_state(x.shape[1]), reverse=True)
    return hk.dropout(hk.next_rng_key(), 0.25, y)


stateful = hk.transform_with_state(net)
recurrent = hk.transform(sequence)
"""


@pytest.fixture(scope="module")
def models():
    found = convert_text(SOURCE, "jax", "torch", beside=())  # with haiku's own way of naming
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    source, to, helpers = (
        types.ModuleType(name) for name in ("hk_models", "torch_models", "torch_helpers")
    )
    sys.modules["torch_helpers"] = helpers
    exec(helper_module(found.helpers, load()["torch"]), helpers.__dict__)  # noqa: S102
    exec(SOURCE, source.__dict__)  # noqa: S102
    exec(found.code, to.__dict__)  # noqa: S102
    del sys.modules["torch_helpers"]
    return source, to


def tensors(tree):
    return jax.tree.map(lambda value: torch.tensor(np.asarray(value)), tree)


def same(ours, theirs) -> None:
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), (set(ours), set(theirs))
        for key in theirs:
            same(ours[key], theirs[key])
        return
    assert ours.dtype == tensors(theirs).dtype
    np.testing.assert_allclose(ours.detach().numpy(), np.asarray(theirs), rtol=2e-5, atol=2e-5)


def test_state(models):
    """Names, first values of the same key, training and inference."""
    source, to = models
    x = np.random.default_rng(0).normal(size=(2, 9, 8, 3)).astype("float32")
    params, state = source.stateful.init(jax.random.PRNGKey(3), x, True)
    made = to.stateful.init(3, torch.tensor(x), True)
    same(made[0], params)
    same(made[1], state)
    ours, theirs = (tensors(params), tensors(state)), (params, state)
    for training in (True, True, False):
        expected, state = source.stateful.apply(*theirs, None, x, training)
        result, new = to.stateful.apply(*ours, None, torch.tensor(x), training)
        same(result, expected)
        same(new, state)
        ours, theirs = (ours[0], new), (params, state)


def test_recurrent(models):
    """The same key drops the same values."""
    source, to = models
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype("float32")
    params = source.recurrent.init(jax.random.PRNGKey(1), x)
    same(to.recurrent.init(1, torch.tensor(x)), params)
    expected = source.recurrent.apply(params, jax.random.PRNGKey(7), x)
    same(to.recurrent.apply(tensors(params), 7, torch.tensor(x)), expected)
