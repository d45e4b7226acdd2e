"""Images with channels first in TensorFlow: graphs compute them with channels last, with the same numbers and gradients."""

import ivy
import numpy as np
import pytest

from .programs import loaded

torch = pytest.importorskip("torch")
tf = pytest.importorskip("tensorflow")

SOURCE = '''
import torch
import torch.nn.functional as F
from torch import nn


class Gate(nn.Module):
    """Scales channels by what they hold on average."""

    def __init__(self, width):
        super().__init__()
        self.down, self.up = nn.Conv2d(width, 4, 1), nn.Conv2d(4, width, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.up(F.silu(self.down(x.mean((2, 3), keepdim=True)))))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, groups=2)
        self.norm2 = nn.BatchNorm2d(width)
        self.act = nn.LeakyReLU(0.2)
        self.gate = Gate(width)
        self.gamma = nn.Parameter(torch.full((1, width, 1, 1), 0.5))

    def forward(self, x):
        y = F.silu(self.norm1(self.conv1(x)))
        y = self.gate(self.norm2(self.conv2(y)))
        return self.act(x + 0.5 * self.gamma * y)


class Net(nn.Module):
    def __init__(self, width=8, classes=5):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 2, 1), nn.BatchNorm2d(width), nn.ReLU())
        self.first, self.second = Block(width), Block(width)
        self.pool = nn.MaxPool2d(2)
        self.mix = nn.Conv2d(2 * width, width, 1)
        self.up = nn.ConvTranspose2d(width, width, 2, 2)
        self.head = nn.Linear(width, classes)

    def features(self, x):
        x = self.first(self.stem(x))
        y = self.up(self.second(self.pool(x)))
        return self.mix(torch.cat([x, torch.clamp(y, min=-1.0)], 1))

    def forward(self, x):
        return self.head(F.relu6(self.features(x)).mean((-2, -1)))


def long_sum(x, conv, steps: int):
    """A convolution of what many operations on single elements gave."""
    y = conv(x)
    for i in range(steps):
        y = torch.tanh(y) + 0.5 * y
    return conv(y)
'''


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """The source and its conversion."""
    folder = tmp_path_factory.mktemp("channels")
    (folder / "image_net.py").write_text(SOURCE)
    report = ivy.source_to_source(folder / "image_net.py", to="tensorflow", out=folder / "made")
    assert not report.sites["refused"] and not report.errors
    return [loaded(place / "image_net.py", f"image_net_{i}") for i, place in enumerate((folder, folder / "made"))]


@pytest.fixture(scope="module")
def nets(modules):
    """PyTorch's model, the converted one with its weights, and images."""
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype(np.float32)
    source, made = (module.Net() for module in modules)
    for layer in source.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.running_mean)
            torch.nn.init.uniform_(layer.running_var, 0.5, 2)
    made(tf.constant(x), training=False)
    ivy.load_weights(made, source.state_dict())
    return source, made, x


def close(found, wanted):
    for a, b in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("compiled", [False, True])
def test_results_of_graphs(nets, compiled):
    source, made, x = nets
    signature = None if compiled else [tf.TensorSpec([None, 3, None, None])]
    infer = tf.function(lambda x: made(x, training=False), signature, jit_compile=compiled)
    with torch.no_grad():
        wanted = source.eval()(torch.from_numpy(x)).numpy()
    close(infer(tf.constant(x)), wanted)


def test_no_transposition_between_layers(nets):
    made, x = nets[1:]
    graph = tf.function(lambda x: made(x, training=False)).get_concrete_function(tf.constant(x)).graph
    read = [op.inputs[0].op for op in graph.get_operations() if op.type in ("Conv2D", "MaxPool")]
    # Values that the gradients go around come behind one operation that hands them on.
    read = [op.inputs[0].op if op.type == "IdentityN" else op for op in read]
    read = [op.inputs[0].op if op.type == "Identity" else op for op in read]
    assert len(read) > 5
    assert [op.type for op in read].count("Transpose") == 1


def test_gradients_of_tensors_between_layers(nets):
    source, made, x = nets

    def gradients(x):
        with tf.GradientTape(persistent=True) as tape:
            features = made.features(x)
            score = tf.reduce_sum(made.head(tf.reduce_mean(tf.nn.relu6(features), [2, 3]))[:, 1])
            mixed = tf.reduce_sum(made.mix(tf.concat([features, features], 1)) ** 2)
        weights = [v.value for v in made.trainable_variables]
        of_weights = [tape.gradient(y, weights, unconnected_gradients="zero") for y in (score, mixed)]
        return tape.gradient(score, features), tape.gradient(mixed, features), of_weights

    found = tf.function(gradients)(tf.constant(x))
    close(found, gradients(tf.constant(x)))
    features = source.eval().features(torch.from_numpy(x))
    features.retain_grad()
    (source.mix(torch.cat([features, features], 1)) ** 2).sum().backward()
    close(found[1], features.grad.numpy())


def test_derivatives_of_derivatives(nets):
    made, x = nets[1:]

    def twice(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(made(x, training=False) ** 2)
            square = tf.reduce_sum(inner.gradient(y, x) ** 2)
        return outer.gradient(square, x)

    def forward(x):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y = made(x, training=False)
        return accumulator.jvp(y)

    for function in (twice, forward):
        close(tf.function(function)(tf.constant(x)), function(tf.constant(x)))


def test_loops_and_branches(nets):
    made, x = nets[1:]

    def steps(x):
        y = made.stem(x, training=False)
        z = made.first(y, training=False)
        for _ in tf.range(3):
            z = tf.nn.relu(made.first(z + y, training=False))
        if tf.reduce_sum(z) > 0:
            w = made.second(z + y, training=False)
        else:
            w = made.second(z - y, training=False)
        return w + made.second(z + y, training=False)

    close(tf.function(steps)(tf.constant(x)), steps(tf.constant(x)))


def test_long_sums(modules):
    conv, x = modules[1].Net().mix, tf.random.normal([1, 16, 4, 4], seed=0)
    wide = lambda y: tf.concat([conv(y), conv(y)], 1)  # noqa: E731
    function = tf.function(lambda x: modules[1].long_sum(x, wide, 1500))
    close(function(x), modules[1].long_sum(x, wide, 1500))


def test_a_training_step(nets):
    source, made, x = nets
    saved = {k: v.clone() for k, v in source.state_dict().items()}

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(made(x, training=True) ** 2)
        return loss, tape.gradient(loss, [v.value for v in made.trainable_variables])

    loss, gradients = step(tf.constant(x))
    wanted = (source.train()(torch.from_numpy(x)) ** 2).mean()
    source.zero_grad()
    wanted.backward()
    close(loss, wanted.detach().numpy())
    norms = [np.linalg.norm(p.grad) for p in source.parameters()]
    np.testing.assert_allclose(sorted(np.linalg.norm(g) for g in gradients), sorted(norms), rtol=1e-3, atol=1e-5)
    close(made.stem[1].running_var.value, source.stem[1].running_var.numpy())
    source.load_state_dict(saved)
    ivy.load_weights(made, saved)
