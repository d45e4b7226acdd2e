"""What PyTorch code does to the parameters of its modules: weight and spectral norm, first values, marks."""

import importlib
import sys

import ivy
import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load
from ivy.s2s.weight_keras import tracked

NORMS = """
import torch
import torch.nn as nn
from torch.nn.utils import parametrizations, remove_weight_norm, spectral_norm, weight_norm


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = weight_norm(nn.Conv1d(3, 4, 3, padding=1))
        self.up = weight_norm(nn.ConvTranspose1d(4, 4, 2, stride=2))
        self.new = parametrizations.weight_norm(nn.Conv1d(4, 4, 1))
        self.plain = remove_weight_norm(weight_norm(nn.Conv1d(4, 4, 1)))
        self.narrow = spectral_norm(nn.Conv1d(4, 5, 3), n_power_iterations=2)
        self.wide = parametrizations.spectral_norm(nn.ConvTranspose1d(5, 4, 2))
        self.head = weight_norm(nn.Linear(4, 2), dim=None)

    def forward(self, x):
        x = self.plain(self.new(self.up(torch.tanh(self.inner(x)))))
        return self.head(self.wide(self.narrow(x)).mean(-1))
"""

FILLED = """
import torch
import torch.nn as nn


def spread(tensor):
    tensor.uniform_(2.0, 3.0)


def start(m):
    if m.__class__.__name__.find("Linear") != -1:
        nn.init.constant_(m.bias.data, 4.0)
        m.bias.data += 1.0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.apply(start)
        nn.init.ones_(self.fc.weight.data)
        self.gate = nn.Parameter(torch.zeros(4))
        nn.init.constant_(self.gate[1:3], 7.0)
        self.gain = nn.Parameter(torch.zeros(4))
        self.gain.no_decay = True
        spread(self.gain.data)
        self.shift = nn.Parameter(nn.init.constant_(torch.empty(4), 3.0), requires_grad=False)
        start_value = torch.zeros(4)
        nn.init.uniform_(start_value, 4.0, b=5.0)
        self.scale = nn.Parameter(start_value)

    def forward(self, x):
        return self.fc(x) * self.gate + self.gain
"""


@pytest.fixture
def converted(tmp_path, monkeypatch):
    """A function that converts a source, imports the result and gives its module."""

    def convert(source, target):
        pytest.importorskip(target)
        result = convert_text(source, "torch", target)
        assert "refused" not in [d.grade for d in result.diagnostics]
        (tmp_path / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
        (tmp_path / f"module_{target}.py").write_text(result.code)
        monkeypatch.syspath_prepend(str(tmp_path))
        for name in (f"{target}_helpers", f"module_{target}"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(f"module_{target}")

    yield convert
    for target in ("jax", "tensorflow", "numpy"):
        for name in (f"{target}_helpers", f"module_{target}"):
            sys.modules.pop(name, None)


def of_torch(source):
    """The names that a source defines, run as it is."""
    pytest.importorskip("torch")
    names = {}
    exec(source, names)
    return names


def array(target, values):
    """A NumPy array as one of the target's."""
    module, make = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}.get(target, ("numpy", "array"))
    return getattr(importlib.import_module(module), make)(values)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_norms_of_weights(converted, target):
    torch = pytest.importorskip("torch")
    model = of_torch(NORMS)["Stack"]()
    x = np.random.default_rng(0).standard_normal((2, 3, 6)).astype(np.float32)
    state = {name: value.numpy().copy() for name, value in model.state_dict().items()}
    new = converted(NORMS, target).Stack()
    ivy.load_weights(new, state)
    new_x = array(target, x)
    wanted = model.eval()(torch.from_numpy(x))
    if target == "jax":
        new.eval()
    found = new(new_x)
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-4, atol=1e-6)
    if target == "numpy":
        return
    model.train()
    for _ in range(2):  # the estimates of singular values go on
        wanted = model(torch.from_numpy(x))
    wanted.square().sum().backward()
    gradients = {name: p.grad.numpy() for name, p in model.named_parameters()}
    found, grads = stepped(new, new_x, target)
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-4, atol=1e-6)
    for name in ("inner.weight_g", "up.weight_v", "new.parametrizations.weight.original1", "narrow.weight_orig", "wide.parametrizations.weight.original"):
        np.testing.assert_allclose(grads[name], gradients[name], rtol=1e-3, atol=1e-5, err_msg=name)


def stepped(model, x, target):
    """The result of the second of two calls in training, and its gradients by name."""
    if target == "tensorflow":
        import tensorflow as tf

        model(x, training=True)
        with tf.GradientTape() as tape:
            found = model(x, training=True)
            loss = tf.reduce_sum(found**2)
        held = {id(tracked(value)): (name, value) for name, value in model_variables(model, "")}
        pairs = zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables))
        gradients = {}
        for variable, gradient in pairs:
            name, value = held[id(variable)]
            gradients[name] = np.asarray(gradient) if value is variable else np.moveaxis(gradient, (-1, -2), (0, 1))
        return found, gradients
    from flax import nnx

    model.train()
    model(x)

    @nnx.jit
    def step(model):
        def loss(model):
            found = model(x)
            return (found**2).sum(), found

        return nnx.value_and_grad(loss, has_aux=True)(model)

    (_, found), grads = step(model)
    return found, {".".join(map(str, path)): np.asarray(value.get_value()) for path, value in nnx.to_flat_state(grads)}


def model_variables(module, prefix):
    """(dotted name, variable) of a Keras model and the layers that it holds as attributes."""
    import keras

    for name, value in vars(module).items():
        if isinstance(value, keras.Variable):
            yield prefix + name, value
        elif isinstance(value, keras.layers.Layer):
            yield from model_variables(value, f"{prefix}{name}.")


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_what_fills_a_parameter_is_given_the_parameter(converted, target):
    model = converted(FILLED, target).Net()
    np.testing.assert_array_equal(np.asarray(model.fc.weight[...] if target == "jax" else model.fc.weight), np.ones((4, 3)))
    np.testing.assert_array_equal(np.asarray(model.fc.bias[...] if target == "jax" else model.fc.bias), np.full(4, 5.0))
    np.testing.assert_array_equal(np.asarray(model.gate[...] if target == "jax" else model.gate), [0, 7, 7, 0])
    gain = np.asarray(model.gain[...] if target == "jax" else model.gain)
    np.testing.assert_array_equal(np.asarray(model.shift[...] if target == "jax" else model.shift), np.full(4, 3.0))
    scale = np.asarray(model.scale[...] if target == "jax" else model.scale)
    assert (scale >= 4).all() and (scale <= 5).all()
    assert (gain >= 2).all() and (gain <= 3).all()
    assert target == "numpy" or model.gain.no_decay is True


CHILDREN = """
import torch
import torch.nn as nn


class Chain(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.add_module("first", nn.Linear(3, 3))
        self._modules["second"] = self.first
        for i in range(2):
            self._modules[f"last{i}"] = nn.Tanh()

    def forward(self, x):
        for i, layer in enumerate(self._modules.values()):
            x = layer(x) * (i + 1)
        names = [name for name, layer in self._modules.items() if name.startswith("last")]
        return x + self._modules["first"](x) * len(self._modules) * len(names)
"""


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_the_dictionary_of_children(converted, target):
    torch = pytest.importorskip("torch")
    model = of_torch(CHILDREN)["Chain"]()
    new = converted(CHILDREN, target).Chain()
    ivy.load_weights(new, {name: value.numpy() for name, value in model.state_dict().items()})
    x = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    wanted = model(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(new(array(target, x)), wanted, rtol=1e-5, atol=1e-5)


def test_what_writes_to_the_dictionary_of_children_raises(converted):
    source = CHILDREN.replace('names = [', 'self._modules.pop("last0")\n        names = [')
    with pytest.raises(AttributeError):
        converted(source, "numpy").Chain()(np.zeros((2, 3), np.float32))


OLD = """
import torch
import torch.nn as nn


class Graph(nn.Module):
    def __init__(self, inputs, outputs, count: int):
        super().__init__()
        self.weight = nn.Parameter(torch.FloatTensor(inputs, outputs))
        self.bias = nn.Parameter(torch.Tensor(outputs))
        self.steps = nn.Parameter(torch.Tensor(count))
        self.like = nn.Parameter(torch.Tensor(*self.weight.size()))
        self.half = torch.Tensor([0.5, 2])
        self.places = torch.LongTensor(count, outputs)
        self.numbers = torch.Tensor(list(range(count)))

    def forward(self, x):
        return x @ self.weight + self.bias
"""


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_old_constructors_of_tensors(converted, target):
    wanted, found = of_torch(OLD)["Graph"](3, 4, 2), converted(OLD, target).Graph(3, 4, 2)
    for name in ("weight", "bias", "steps", "like", "half", "places", "numbers"):
        assert tuple(getattr(found, name).shape) == tuple(getattr(wanted, name).shape)
    np.testing.assert_array_equal(found.half, wanted.half.numpy())
    np.testing.assert_array_equal(found.numbers, wanted.numbers.numpy())
    assert "int" in str(found.places.dtype) and "float32" in str(found.numbers.dtype)


TESTED = """
import torch
import torch.nn as nn


class Code(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("ready", torch.tensor([0.0]))
        self.register_buffer("done", torch.tensor(False))
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        if self.ready:
            return x
        if not self.done:
            x = x + 1
        y = x * 2 if self.gain else x * 3
        while self.done and x.sum() > 0:
            x = x - 1
        return y + bool(self.ready) + (1 if self.done or self.gain else 5)
"""


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_variables_as_conditions(converted, target):
    torch = pytest.importorskip("torch")
    x = np.ones((2, 3), np.float32)
    wanted = of_torch(TESTED)["Code"]()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(converted(TESTED, target).Code()(array(target, x)), wanted)


def test_a_part_is_not_drawn_in_place():
    source = FILLED.replace("nn.init.constant_(self.gate[1:3], 7.0)", "nn.init.normal_(self.gate[1:3])")
    found = convert_text(source, "torch", "jax")
    assert [d.api for d in found.diagnostics if d.grade == "refused"] == ["torch.nn.init.normal_"]
