"""``torch.autograd.grad`` and ``x.grad`` in converted code: the numbers of PyTorch, also where gradients are trained on."""

import importlib
import importlib.util
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import ivy  # noqa: E402
from ivy.s2s.api import source_to_source  # noqa: E402

from . import input_gradients_source as source  # noqa: E402

TARGETS = {"jax": "flax", "tensorflow": "keras"}
NAMES = [case.__name__ for case in source.CASES]
TRAINED = [case.__name__ for case in source.TRAINED]


def inputs():
    return np.random.default_rng(5).standard_normal((4, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def field():
    torch.manual_seed(3)
    return source.Field()


@pytest.fixture(scope="module", params=TARGETS)
def converted(request, tmp_path_factory, field):
    """The converted file as a module, a model with the weights of PyTorch's, and what makes arrays."""
    pytest.importorskip(TARGETS[request.param])
    folder = tmp_path_factory.mktemp(request.param)
    name = f"gradients_in_{request.param}"
    report = source_to_source(source.__file__, to=request.param, out=folder / f"{name}.py")
    assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    sys.modules.pop(f"{request.param}_helpers", None)  # of another file
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arrays = importlib.import_module({"jax": "jax.numpy", "tensorflow": "tensorflow"}[request.param])
    model = module.Field()
    model(arrays.asarray(inputs()) if request.param == "jax" else arrays.constant(inputs()))
    ivy.load_weights(model, field.state_dict(), source="torch")
    yield request.param, module, model, arrays
    sys.path.remove(str(folder))
    sys.modules.pop(f"{request.param}_helpers", None)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_arrays(converted, field, name):
    target, module, model, arrays = converted
    expected = getattr(source, name)(field, torch.from_numpy(inputs()))
    given = arrays.asarray(inputs()) if target == "jax" else arrays.constant(inputs())
    found = getattr(module, name)(model, given)
    np.testing.assert_allclose(np.asarray(found), expected.detach().numpy(), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", TRAINED)
def test_gradients_are_trained_on(converted, field, name):
    """The derivatives of what is computed of gradients, with respect to the weights."""
    target, module, model, arrays = converted
    field.zero_grad()
    getattr(source, name)(field, torch.from_numpy(inputs())).pow(2).sum().backward()
    expected = {key: value.grad.numpy() for key, value in field.named_parameters() if value.grad is not None}
    names = [key.split(".") for key in expected]
    if target == "jax":
        from flax import nnx

        compute = nnx.jit(nnx.grad(lambda model: (getattr(module, name)(model, arrays.asarray(inputs())) ** 2).sum()))
        state = nnx.to_pure_dict(compute(model))
        found = [state[layer][key] for layer, key in names]
    else:
        weights = [getattr(getattr(model, layer), key).value for layer, key in names]
        with arrays.GradientTape() as tape:
            loss = arrays.reduce_sum(getattr(module, name)(model, arrays.constant(inputs())) ** 2)
        found = tape.gradient(loss, weights)
    for value, gradient in zip(expected.values(), found, strict=True):
        if np.abs(value).max() > 0 or gradient is not None:  # the last bias is in no gradient
            np.testing.assert_allclose(np.asarray(gradient), value, rtol=1e-3, atol=1e-5)


REFUSED = {
    "not computed here": """
        def slope(y, x):
            return torch.autograd.grad(y, x, torch.ones_like(y))[0]
        """,
    "computed in passes before": """
        def slopes(net, x):
            y = net(x)
            for _ in range(2):
                y = y + x * y
                g = torch.autograd.grad(y.sum(), x)[0]
            return g
        """,
    "changes something else": """
        def slopes(net, x, seen):
            x = x.clone().requires_grad_(True)
            seen.append(net(x))
            y = seen[-1].sum()
            return torch.autograd.grad(y, x)[0]
        """,
    "an input of another input": """
        def slopes(net, x):
            a = x.clone().requires_grad_(True)
            b = a * 2
            y = net(a + b).sum()
            return torch.autograd.grad(y, [a, b])
        """,
    "a batch of weights": """
        def rows(net, x, weights):
            x = x.clone().requires_grad_(True)
            y = net(x)
            return torch.autograd.grad(y, x, weights, is_grads_batched=True)[0]
        """,
    "gradients add up": """
        def slopes(net, x):
            x = x.clone().requires_grad_(True)
            for _ in range(3):
                loss = net(x).sum()
                loss.backward()
            return x.grad
        """,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_gradients_that_are_not_clear_are_refused(tmp_path, text):
    import textwrap

    (tmp_path / "code.py").write_text("import torch\n" + textwrap.dedent(text))
    report = source_to_source(tmp_path / "code.py", to="jax", out=tmp_path / "out.py")
    assert any(d.grade == "refused" for d in report.diagnostics)


MODES = """
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))

    def forward(self, x):
        return self.layers(x)


class Attack:
    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        was_training = self.model.training
        self.model.eval()
        found = was_training and not self.model.training
        if was_training:
            self.model.train()
        return found and self.model.training
"""


def test_the_mode_of_a_model_that_an_object_holds():
    pytest.importorskip("flax")
    from .converted_text import converted as converted_text

    module = converted_text(MODES, "torch", "jax")
    assert module.Attack(module.Net())(None) is True


def test_unused_inputs_are_told(tmp_path):
    text = """
import torch


def slopes(net, x, z):
    y = net(x).sum()
    return torch.autograd.grad(y, [x, z], allow_unused=True)
"""
    (tmp_path / "code.py").write_text(text)
    report = source_to_source(tmp_path / "code.py", to="jax", out=tmp_path / "out.py")
    assert ["None" in d.message for d in report.diagnostics] == [True]
