"""Kernels of convolutions of channels last in JAX: stored as JAX takes them, seen as PyTorch's weights (O, I, ...)."""

import copy
import importlib
import pickle
import sys

import ivy
import numpy as np
import pytest

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
optax = pytest.importorskip("optax")
jnp = jax.numpy

SOURCE = """
import torch
from torch import nn, optim
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cube = nn.Conv2d(3, 3, 3, padding=1)
        self.groups = nn.Conv2d(3, 6, (3, 1), stride=2, groups=3, padding=(1, 0))
        self.wide = nn.utils.weight_norm(nn.Conv2d(6, 4, 3, dilation=2, padding=2))
        self.spectral = nn.utils.spectral_norm(nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"))
        self.up = nn.ConvTranspose2d(4, 6, 3, stride=2)
        self.tied = nn.Conv2d(6, 5, 2)
        self.again = nn.Conv2d(6, 5, 2)
        self.again.weight = self.tied.weight
        self.register_buffer("mask", (torch.arange(3) != 1).float())
        self.sizes = [self.cube.weight.shape[0], self.tied.weight.size(1), self.tied.weight.numel()]
        for m in (self.cube, self.tied):
            nn.init.orthogonal_(m.weight)

    def forward(self, x):
        x = x + F.conv2d(x, self.mask * self.cube.weight, padding=1)
        x = torch.tanh(self.spectral(self.wide(self.groups(self.cube(x)))))
        x = torch.tanh(self.up(x))
        return (F.conv2d(x, self.tied.weight) + self.tied(x) + self.again(x)).mean((2, 3))


def train(model, images, target, steps):
    first = [model.cube.weight, model.cube.bias]
    others = [p for p in model.parameters() if all(p is not q for q in first)]
    groups = [{"params": first, "lr": 0.02}, {"params": others}]
    optimizer = optim.SGD(groups, lr=0.01, momentum=0.9, weight_decay=0.01)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(images), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
"""
IMAGES = np.random.default_rng(0).standard_normal((2, 3, 12, 10)).astype(np.float32)
LAST = IMAGES.transpose(0, 2, 3, 1).copy()


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """The module of PyTorch and the converted one."""
    folder = tmp_path_factory.mktemp("kernels")
    source = folder / "kernel_source.py"
    source.write_text(SOURCE)
    report = ivy.source_to_source(source, to="jax", out=folder / "made" / "kernel_made.py", layout="native")
    assert not report.sites["refused"], report.diagnostics
    assert [o.native for o in report.layouts] == [True]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.syspath_prepend(str(folder / "made"))
        sys.modules.pop("jax_helpers", None)
        yield importlib.import_module("kernel_source"), importlib.import_module("kernel_made")
        for name in ("jax_helpers", "kernel_source", "kernel_made"):
            sys.modules.pop(name, None)


@pytest.fixture
def pair(modules):
    """A model of PyTorch and the converted one with its weights."""
    source, made = modules
    torch.manual_seed(0)
    theirs, ours = source.Net().eval(), made.Net()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    ivy.load_weights(ours, theirs)
    ours.eval()
    return theirs, ours


def wanted(model):
    return model(torch.from_numpy(IMAGES)).detach().numpy()


def test_weights_have_the_order_of_the_source(modules, pair):
    theirs, ours = pair
    assert ours.sizes == theirs.sizes
    weight, stored = ours.groups.weight, ours.groups.weight.get_raw_value()
    assert "Kernel" in repr(ours)
    original = theirs.groups.weight.detach().numpy()
    assert weight.shape == (6, 1, 3, 1) and stored.shape == (3, 1, 1, 6)
    assert (weight.ndim, weight.size, weight.dtype) == (4, 18, jnp.float32)
    np.testing.assert_array_equal(weight, original)
    np.testing.assert_array_equal(weight[1], original[1])
    np.testing.assert_array_equal(weight.reshape(6, -1), original.reshape(6, -1))
    np.testing.assert_allclose(weight.mean(0) + weight, original.mean(0) + original, atol=1e-6)
    twice = jnp.asarray(2 * original)
    for other in (twice, nnx.Param(twice), modules[1].Net().mask.__class__(twice), type(weight)(twice)):
        np.testing.assert_array_equal(other * weight, 2 * original**2)
        np.testing.assert_array_equal(weight / other, np.full(original.shape, 0.5))
        np.testing.assert_array_equal(other - weight, original)
        assert (weight == other).shape == (other > weight).shape == original.shape
    np.testing.assert_array_equal(stored, original.transpose(2, 3, 1, 0))


def test_results_and_compiled_results(pair):
    theirs, ours = pair
    np.testing.assert_allclose(ours(LAST), wanted(theirs), atol=1e-5)
    compiled = nnx.jit(lambda model, x: model(x))
    np.testing.assert_allclose(compiled(ours, LAST), wanted(theirs), atol=1e-5)


def test_first_values(modules):
    rows = np.reshape(modules[1].Net().tied.weight, (5, -1))
    np.testing.assert_allclose(rows @ rows.T, np.eye(5), atol=1e-5)


def test_assignments(pair):
    weight = pair[1].tied.weight
    new = np.arange(weight.size, dtype=np.float32).reshape(weight.shape)
    weight[...] = new
    np.testing.assert_array_equal(weight, new)
    weight[1] = 7
    weight[..., 0] += 1
    new[1] = 7
    new[..., 0] += 1
    np.testing.assert_array_equal(weight, new)
    weight[...] = 0.5
    np.testing.assert_array_equal(weight.get_raw_value(), np.full((2, 2, 6, 5), 0.5))
    with pytest.raises(ValueError):
        weight[...] = np.zeros((2, 2, 6, 5))


def test_training_steps(modules, pair):
    source, made = modules
    theirs, ours = pair
    target = np.ones((2, 5), np.float32)
    losses = source.train(theirs, torch.from_numpy(IMAGES), torch.from_numpy(target), 5)
    np.testing.assert_allclose(made.train(ours, LAST, target, 5), losses, rtol=1e-4)
    for name, parameter in theirs.named_parameters():
        owner, _, last = name.rpartition(".")
        np.testing.assert_allclose(getattr(getattr(ours, owner), last), parameter.detach().numpy(), atol=1e-5)


def test_optax_trains_the_stored_arrays(pair):
    theirs, ours = pair
    target = np.ones((2, 6), np.float32)
    optimizer = nnx.Optimizer(ours.groups, optax.adam(0.1), wrt=nnx.Param)
    other = torch.optim.Adam(theirs.groups.parameters(), lr=0.1)
    for _ in range(3):
        gradients = nnx.grad(lambda layer: ((layer(LAST).mean((1, 2)) - target) ** 2).mean())(ours.groups)
        assert gradients["weight"].get_raw_value().shape == (3, 1, 1, 6)
        optimizer.update(ours.groups, gradients)
        other.zero_grad()
        ((theirs.groups(torch.from_numpy(IMAGES)).mean((2, 3)) - torch.from_numpy(target)) ** 2).mean().backward()
        other.step()
    np.testing.assert_allclose(ours.groups.weight, theirs.groups.weight.detach().numpy(), atol=1e-5)


def test_copies_and_checkpoints(modules, pair):
    theirs, ours = pair
    for twin in (copy.deepcopy(ours), nnx.clone(ours)):
        twin.cube.weight[...] = jnp.zeros((3, 3, 3, 3))
    np.testing.assert_allclose(ours(LAST), wanted(theirs), atol=1e-5)
    weight = pickle.loads(pickle.dumps(ours.groups.weight))
    np.testing.assert_array_equal(weight, ours.groups.weight)
    new = modules[1].Net()
    new.eval()
    nnx.update(new, nnx.state(ours))
    np.testing.assert_array_equal(new(LAST), ours(LAST))
    pure, state = nnx.to_pure_dict(nnx.state(ours)), nnx.state(modules[1].Net())
    nnx.replace_by_pure_dict(state, pure)
    nnx.update(new, state)
    np.testing.assert_array_equal(new(LAST), ours(LAST))


def test_back_to_the_source(modules, pair):
    theirs, ours = pair
    new = modules[0].Net().eval()
    ivy.load_weights(new, ours)
    np.testing.assert_array_equal(wanted(new), wanted(theirs))


def test_values_of_the_wrong_shape_raise(modules):
    with pytest.raises(ivy.WeightError, match="wrong shape"):
        state = {name: np.zeros(v.shape) for name, v in modules[0].Net().state_dict().items()}
        ivy.load_weights(modules[1].Net(), state | {"tied.weight": np.zeros((2, 2, 6, 5))})
