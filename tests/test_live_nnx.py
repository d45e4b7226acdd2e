"""Live flax.nnx models in PyTorch: weights, statistics, modes, shared parts and attributes; what has none is refused."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import ivy
import numpy as np
import pytest
from ivy import exceptions

pytest.importorskip("flax")
torch = pytest.importorskip("torch")

import jax  # noqa: E402
from flax import nnx  # noqa: E402


class Block(nnx.Module):
    def __init__(self, width, *, act=nnx.gelu, rngs):
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.fc = nnx.Linear(width, width, rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)
        self.act = act
        self.scale = nnx.Param(jax.random.normal(rngs.params(), (width,)))
        self.times = 3

    def __call__(self, x):
        return x + self.drop(self.act(self.fc(self.norm(x)))) * self.scale.value * self.times


class Net(nnx.Module):
    def __init__(self, *, rngs):
        print("constructed")
        self.conv = nnx.Conv(3, 8, (3, 3), rngs=rngs)
        self.bn = nnx.BatchNorm(8, rngs=rngs)
        self.blocks = nnx.List([Block(8, rngs=rngs) for _ in range(2)])
        self.shared = self.blocks[0]
        self.head = nnx.Sequential(nnx.Linear(8, 6, rngs=rngs), nnx.relu, nnx.Linear(6, 2, rngs=rngs))
        self.layers = 2

    def __call__(self, x):
        x = nnx.relu(self.bn(self.conv(x))).mean((1, 2))
        for block in self.blocks:
            x = block(x)
        return self.head(self.shared(x)) * self.layers


@pytest.fixture(scope="module")
def net():
    model = Net(rngs=nnx.Rngs(0))
    model(jax.random.normal(jax.random.key(1), (4, 5, 5, 3)))  # statistics that are not the initial ones
    model.blocks[1].times = 5  # an attribute that the constructor did not set
    return model


def test_a_model_keeps_its_state(net, capsys):
    net.eval()
    capsys.readouterr()
    converted = ivy.transpile(net, to="torch")
    assert capsys.readouterr().out == ""  # no constructor was run
    assert isinstance(converted, torch.nn.Module) and not converted.bn.training
    x = np.random.default_rng(0).standard_normal((2, 6, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(converted(torch.from_numpy(x)).detach(), net(x), rtol=1e-5, atol=1e-5)
    assert converted.shared is converted.blocks[0]
    converted(torch.from_numpy(x)).sum().backward()
    assert all(p.grad is not None for p in converted.parameters())
    state = nnx.state(net, nnx.Param)
    assert len(list(converted.parameters())) == len(jax.tree.leaves(state))


def test_training_mode_is_kept(net):
    net.train()
    converted = ivy.transpile(net, source="jax", to="torch")
    assert converted.bn.training and converted.blocks[0].drop.training


def test_methods_of_models(net):
    net.eval()
    call = ivy.transpile(net.shared.fc.__call__, to="torch")
    x = np.ones((2, 8), np.float32)
    np.testing.assert_allclose(call(torch.from_numpy(x)).detach(), net.shared.fc(x), rtol=1e-5, atol=1e-6)


def test_what_has_no_counterpart_is_refused():
    layer = nnx.Linear(3, 2, precision="highest", rngs=nnx.Rngs(0))
    with pytest.raises(exceptions.NotConvertible, match="precision="):
        ivy.transpile(layer, to="torch")
