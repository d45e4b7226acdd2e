"""Kernels of convolutions in TensorFlow: stored as TensorFlow takes them, seen as PyTorch's weights (O, I, ...)."""

import copy
import importlib
import sys

import ivy
import numpy as np
import pytest

torch = pytest.importorskip("torch")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

SOURCE = '''
import torch
from torch import nn, optim
from torch.nn import functional as F


class Standardized(nn.Conv2d):
    """A convolution by its weight, scaled to mean 0 and deviation 1 for each output."""

    def forward(self, x):
        w = self.weight
        w = (w - w.mean((1, 2, 3), keepdim=True)) / (w.flatten(1).std(1).reshape(-1, 1, 1, 1) + 1e-5)
        return F.conv2d(x, w, self.bias, self.stride, self.padding)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cube = nn.Conv2d(3, 3, 3, padding=1)
        self.groups = nn.Conv2d(3, 6, (3, 1), stride=2, groups=3, padding=(1, 0))
        self.wide = nn.Conv2d(6, 4, 3, dilation=2, padding=2)
        self.up = nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2, dilation=2)
        self.own = Standardized(6, 4, 2)
        self.line = nn.Conv1d(4, 5, 3)
        self.point = nn.Conv1d(5, 5, 1)
        self.tied = nn.Conv1d(5, 5, 2)
        self.again = nn.Conv1d(5, 5, 2)
        self.again.weight = self.tied.weight
        self.sizes = [self.wide.weight.shape[0], self.up.weight.size(1), self.line.weight.numel()]
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.orthogonal_(m.weight)
            elif isinstance(m, nn.Conv1d):
                m.weight.data.fill_(0.5)

    def forward(self, x):
        x = torch.tanh(self.wide(self.groups(self.cube(x))))
        x = self.line(torch.tanh(self.own(self.up(x))).flatten(2))
        x = F.conv1d(x, self.tied.weight) + self.again(self.tied(self.point(x)))[..., :1]
        return x.mean(2)


def train(model, images, target, steps):
    first = list(map(id, model.cube.parameters()))
    others = [p for p in model.parameters() if id(p) not in first and p.requires_grad]
    groups = [{"params": [model.cube.weight, model.cube.bias], "lr": 0.02}, {"params": others}]
    optimizer = optim.SGD(groups, lr=0.01, momentum=0.9, weight_decay=0.01)
    losses = []
    for _ in range(steps):
        loss = F.mse_loss(model(images), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
'''
IMAGES = np.random.default_rng(0).standard_normal((2, 3, 12, 10)).astype(np.float32)


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """The module of PyTorch and the converted one."""
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "kernel_source.py").write_text(SOURCE)
    report = ivy.source_to_source(folder / "kernel_source.py", to="tensorflow", out=folder / "made" / "kernel_made.py")
    assert not report.sites["refused"], report.diagnostics
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.syspath_prepend(str(folder / "made"))
        sys.modules.pop("tensorflow_helpers", None)
        yield importlib.import_module("kernel_source"), importlib.import_module("kernel_made")
        for name in ("tensorflow_helpers", "kernel_source", "kernel_made"):
            sys.modules.pop(name, None)


@pytest.fixture
def pair(modules):
    """A model of PyTorch and the converted one with its weights."""
    source, made = modules
    torch.manual_seed(0)
    theirs, ours = source.Net(), made.Net()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    ivy.load_weights(ours, theirs)
    return theirs, ours


def wanted(model):
    return model(torch.from_numpy(IMAGES)).detach().numpy()


def test_weights_have_the_order_of_the_source(pair):
    theirs, ours = pair
    assert ours.sizes == theirs.sizes
    for name, parameter in theirs.named_parameters():
        owner, _, last = name.rpartition(".")
        weight = getattr(getattr(ours, owner), last)
        assert tuple(weight.shape) == tuple(parameter.shape)
        np.testing.assert_array_equal(weight, parameter.detach().numpy())
    kernels = {v.shape for v in ours.trainable_variables if len(v.shape) == 4}
    assert kernels == {(3, 3, 3, 3), (3, 1, 1, 6), (3, 3, 6, 4), (3, 3, 3, 4), (2, 2, 6, 4)}
    assert len(ours.weights) == len(list(theirs.parameters()))


def test_results_and_compiled_results(pair):
    theirs, ours = pair
    np.testing.assert_allclose(ours(IMAGES), wanted(theirs), atol=1e-5)
    np.testing.assert_allclose(tf.function(ours)(tf.constant(IMAGES)), wanted(theirs), atol=1e-5)


def test_first_values(modules):
    made = modules[1].Net()
    rows = np.reshape(made.wide.weight, (4, -1))
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-5)
    np.testing.assert_array_equal(made.line.weight, np.full((5, 4, 3), 0.5, np.float32))


@pytest.mark.parametrize("frozen", [False, True])
def test_training_steps(modules, pair, frozen):
    source, made = modules
    theirs, ours = pair
    if frozen:
        theirs.wide.weight.requires_grad = ours.wide.weight.requires_grad = False
        assert all(v is not ours.wide.weight.stored for v in ours.trainable_variables)
    target = np.ones((2, 5), np.float32)
    losses = source.train(theirs, torch.from_numpy(IMAGES), torch.from_numpy(target), 5)
    np.testing.assert_allclose(made.train(ours, IMAGES, target, 5), losses, rtol=1e-4)
    for name, parameter in theirs.named_parameters():
        owner, _, last = name.rpartition(".")
        np.testing.assert_allclose(getattr(getattr(ours, owner), last), parameter.detach().numpy(), atol=1e-5)


def test_keras_trains_and_saves_them(modules, pair, tmp_path):
    theirs, ours = pair
    ours.compile(keras.optimizers.SGD(0.01), "mse")
    target = np.ones((2, 5), np.float32)
    ours.fit(IMAGES, target, batch_size=2, epochs=2, verbose=0)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.01)
    for _ in range(2):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(theirs(torch.from_numpy(IMAGES)), torch.from_numpy(target)).backward()
        optimizer.step()
    np.testing.assert_allclose(ours(IMAGES), wanted(theirs), atol=1e-5)
    ours.save_weights(tmp_path / "made.weights.h5")
    new = modules[1].Net()
    new.load_weights(tmp_path / "made.weights.h5")
    np.testing.assert_array_equal(new(IMAGES), ours(IMAGES))


def test_copies_and_checkpoints(modules, pair, tmp_path):
    theirs, ours = pair
    twin = copy.deepcopy(ours)
    assert len(twin.weights) == len(ours.weights)
    twin.cube.weight.assign(tf.zeros((3, 3, 3, 3)))
    np.testing.assert_allclose(ours(IMAGES), wanted(theirs), atol=1e-5)
    path = tf.train.Checkpoint(model=ours).save(tmp_path / "saved")
    new = modules[1].Net()
    tf.train.Checkpoint(model=new).restore(path).assert_consumed()
    np.testing.assert_array_equal(new(IMAGES), ours(IMAGES))
    tf.saved_model.save(ours, tmp_path / "model", tf.function(ours.call, [tf.TensorSpec((2, 3, 12, 10))]))
    (found,) = tf.saved_model.load(tmp_path / "model").signatures["serving_default"](tf.constant(IMAGES)).values()
    np.testing.assert_allclose(found, wanted(theirs), atol=1e-5)


def test_back_to_the_source(modules, pair):
    theirs, ours = pair
    new = modules[0].Net()
    ivy.load_weights(new, ours)
    np.testing.assert_array_equal(wanted(new), wanted(theirs))


def test_a_weight_that_is_replaced_is_tracked_no_more(modules):
    model = modules[1].Net()
    before = len(model.weights)
    parameter = type(model.wide.bias)
    model.wide.weight = parameter(np.ones((4, 6, 3, 3), np.float32))
    assert len(model.weights) == before
    assert len(model.wide.trainable_variables) == 2
    assert model(IMAGES).shape == (2, 5)
    del model.wide.weight
    assert len(model.weights) == before - 1


def test_values_of_the_wrong_shape_raise(modules):
    weight = modules[1].Net().cube.weight
    with pytest.raises(tf.errors.InvalidArgumentError):
        weight.assign(np.zeros((3, 3, 3), np.float32))
    with pytest.raises(ivy.WeightError, match="wrong shape"):
        state = {name: np.zeros(v.shape) for name, v in modules[0].Net().state_dict().items()}
        ivy.load_weights(modules[1].Net(), state | {"wide.weight": np.zeros((3, 3, 6, 4))})
