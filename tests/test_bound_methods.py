"""Methods and lambdas that modules keep in attributes: in JAX gradients flow through them, and copies have their own."""

import copy
import importlib

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("flax")

import ivy  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402

from .converted_text import converted  # noqa: E402

TEXT = """
import torch
import torch.nn as nn


class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)
        self.called = self.forward

    def forward(self, x):
        return self.norm(self.layer(x))


class Net(nn.Module):
    def __init__(self, kind="a"):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.third = nn.Linear(3, 3)
        self.part = Part()
        self.op = self._first if kind == "a" else self._other
        self.table = {"second": self._second, "name": kind}
        self.last = lambda x, scale=2: scale * self.third(x)
        self.again = self.part.called
        self.several = [self._scaled for _ in range(2)]
        self.inner = self.part.forward
        self.kind = self._kind

    @staticmethod
    def _kind(x):
        return torch.tanh(x)

    def _first(self, x):
        return self.first(x)

    def _other(self, x):
        return x

    def _scaled(self, x):
        return x * self.second.bias

    def _second(self, x):
        return self.second(x)

    def forward(self, x):
        if self.op == self._other:
            return x
        x = self.inner(self.kind(self.op(x)))
        for scaled in self.several:
            x = x + scaled(x)
        return self.last(self.again(self.table["second"](x)))
"""


def test_gradients_flow_through_methods_in_attributes():
    import jax.numpy as jnp
    from flax import nnx

    own = {}
    exec(TEXT, own)  # noqa: S102
    torch.manual_seed(0)
    net = own["Net"]()
    x = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    model = converted(TEXT, "torch", "jax").Net()
    ivy.load_weights(model, net.state_dict(), source="torch")
    net(torch.from_numpy(x)).pow(2).sum().backward()
    twin = copy.deepcopy(model)
    loss, grads = nnx.jit(nnx.value_and_grad(lambda model: (model(jnp.asarray(x)) ** 2).sum()))(model)
    found = {path[-2:]: value[...] for path, value in nnx.to_flat_state(grads)}
    for name, parameter in net.named_parameters():
        gradient = found[tuple(name.split(".")[-2:])]
        np.testing.assert_allclose(gradient, parameter.grad, rtol=1e-3, atol=1e-4, err_msg=name)
    np.testing.assert_allclose(model.part.norm.running_mean[...], net.part.norm.running_mean, rtol=1e-4, atol=1e-6)
    model.first.weight[...] = 0 * model.first.weight[...]
    np.testing.assert_allclose((twin(jnp.asarray(x)) ** 2).sum(), loss, rtol=1e-5)


LIVE = """
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.op = self.scaled

    def scaled(self, x):
        return 2 * self.first(x)

    def forward(self, x):
        return self.op(x)
"""


def test_gradients_flow_through_methods_of_live_modules(tmp_path, monkeypatch):
    import jax.numpy as jnp
    from flax import nnx

    (tmp_path / "live_bound_methods.py").write_text(LIVE)
    monkeypatch.syspath_prepend(str(tmp_path))
    net = importlib.import_module("live_bound_methods").Net()
    model = ivy.transpile(net, source="torch", to="jax")
    grads = nnx.grad(lambda model: model(jnp.ones((2, 3))).sum())(model)
    np.testing.assert_allclose(nnx.to_pure_dict(grads)["first"]["weight"], np.full((3, 3), 4.0))


TOLD = """
from functools import partial

import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

        def inner(x):
            return self.layer(x)

        self.inner = inner
        self.partly = partial(self.scaled, 2)
        self.steps = []
        self.steps.append(self.scaled)
        setattr(self, "named", lambda x: self.layer(x))
        self.steps.append(self.layer)

    def scaled(self, scale, x):
        return scale * self.layer(x)
"""


def test_what_keeps_its_module_otherwise_is_told():
    lines = [found.line for found in convert_text(TOLD, "torch", "jax").diagnostics if found.code == "S2S203"]
    assert lines == [15, 16, 18, 19]
