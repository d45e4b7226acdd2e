"""Live flax.nnx models in PyTorch, TensorFlow and NumPy: weights, statistics, modes, shared parts and attributes; what has none is refused."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import ivy
import numpy as np
import pytest
from ivy import exceptions
from ivy.s2s.live.boundary import to_native

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


class Tied(nnx.Module):
    """Layers with variables of each other, cells, attention, and statistics that a call changes."""

    def __init__(self, *, rngs):
        self.embed = nnx.Embed(7, 8, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 8, decode=False, rngs=rngs)
        self.rnn = nnx.RNN(nnx.GRUCell(8, 8, rngs=rngs), rngs=rngs)
        self.first = nnx.Linear(8, 8, rngs=rngs)
        self.second = nnx.Linear(8, 8, use_bias=False, rngs=rngs)
        self.second.kernel = self.first.kernel
        self.scale = nnx.Param(jax.numpy.linspace(0.5, 1.5, 8))
        self.same_scale = self.scale
        self.bn = nnx.BatchNorm(8, momentum=0.7, use_fast_variance=False, rngs=rngs)
        self.offsets = jax.numpy.arange(8.0)
        self.table = {"act": nnx.silu, "name": "tied"}
        self.count = nnx.BatchStat(jax.numpy.zeros(()))

    def __call__(self, ids):
        x = self.embed(ids) + self.rnn(self.attention(self.embed(ids)))
        x = self.bn(self.table["act"](self.second(self.first(x)) * self.scale * self.same_scale))
        self.count[...] = self.count[...] + 1
        return x * self.count[...] + self.offsets


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("target", ["torch", "tensorflow", "numpy"])
def test_models_keep_their_state_in_every_framework(target, training):
    model = Tied(rngs=nnx.Rngs(3))
    ids = np.arange(12).reshape(3, 4) % 7
    model(jax.numpy.asarray(ids))
    model.train() if training else model.eval()
    converted = ivy.transpile(model, to=target)
    given = to_native(ids, target)
    for _ in range(2):  # the second call has the statistics that the first one left
        expected, found = model(jax.numpy.asarray(ids)), converted(given)
        found = found.detach() if target == "torch" else found
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(np.asarray(converted.bn.mean), model.bn.mean[...], rtol=1e-5, atol=1e-6)
    assert converted.table["name"] == "tied"
    if target != "numpy":  # NumPy's models are not trained: equal arrays are enough
        assert converted.second.kernel is converted.first.kernel
        assert converted.same_scale is converted.scale
    trained = {"torch": "parameters", "tensorflow": "trainable_variables"}.get(target)
    if trained:
        found = getattr(converted, trained)
        count = len(list(found() if callable(found) else found))
        assert count == len(jax.tree.leaves(nnx.state(model, nnx.Param)))


@pytest.mark.parametrize("target", ["tensorflow", "numpy"])
def test_reserved_names_and_shared_parts(net, target, capsys):
    net.eval()
    capsys.readouterr()
    converted = ivy.transpile(net, to=target)
    assert capsys.readouterr().out == ""
    x = np.random.default_rng(0).standard_normal((2, 6, 6, 3)).astype(np.float32)
    np.testing.assert_allclose(np.asarray(converted(x)), net(x), rtol=1e-5, atol=1e-5)
    assert converted.shared is converted.blocks[0]
    assert converted.blocks[1].times == 5


def test_variables_in_containers_are_refused():
    class Held(nnx.Module):
        def __init__(self):
            self.parts = nnx.List([nnx.Param(jax.numpy.ones(2))])

        def __call__(self, x):
            return x * self.parts[0]

    with pytest.raises(exceptions.NotConvertible, match="a variable in a container"):
        ivy.transpile(Held(), to="torch")


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
