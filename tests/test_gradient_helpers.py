"""Functions that do nothing but take a gradient are written where they are called: PyTorch's numbers."""

from __future__ import annotations

import ast
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy.s2s.gradient_helpers import gradient_helper

from . import gradient_helpers_source as source
from .programs import loaded

NAMES = [case.__name__ for case in source.CASES]


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def converted(request, tmp_path_factory):
    pytest.importorskip(request.param)
    out = tmp_path_factory.mktemp(request.param) / f"helped_{request.param}.py"
    ivy.source_to_source(Path(source.__file__), to=request.param, out=out)
    return loaded(out, out.stem), request.param


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_those_of_pytorch(converted, name):
    torch = pytest.importorskip("torch")
    module, target = converted
    torch.manual_seed(0)
    ours, theirs = source.Field(), module.Field()
    rng = np.random.default_rng(0)
    x, t = rng.random((5, 1)).astype(np.float32), rng.random((5, 1)).astype(np.float32)
    make = __import__("jax").numpy.asarray if target == "jax" else __import__("tensorflow").constant
    if target == "tensorflow":
        theirs(make(x), make(t))
    ivy.load_weights(theirs, {k: v.numpy().copy() for k, v in ours.state_dict().items()})
    want = getattr(source, name)(ours, torch.from_numpy(x.copy()), torch.from_numpy(t.copy()))
    have = getattr(module, name)(theirs, make(x), make(t))
    np.testing.assert_allclose(np.asarray(have), want.detach().numpy(), rtol=1e-4, atol=1e-6)


def found(text):
    """What a function takes the gradient of."""
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return gradient_helper(node, lambda expression: ast.unparse(expression))


def test_what_else_a_function_does_makes_it_another_one():
    assert found("def f(y, x):\n    return torch.autograd.grad(y, x, torch.ones_like(y))[0]") is not None
    for text in (
        "def f(y, x):\n    return torch.autograd.grad(y, x, torch.ones_like(x))[0]",
        "def f(y, x):\n    return torch.autograd.grad(y, x, torch.ones_like(y))[1]",
        "def f(y, x):\n    return 2 * torch.autograd.grad(y, x, torch.ones_like(y))[0]",
        "def f(y, x, g):\n    return torch.autograd.grad(y, x, g)[0]",
        "def f(y, x, c):\n    return torch.autograd.grad(y, x, torch.ones_like(y), create_graph=c)[0]",
        "def f(y):\n    return torch.autograd.grad(y, x, torch.ones_like(y))[0]",
        "def f(y, x):\n    print(y)\n    return torch.autograd.grad(y, x, torch.ones_like(y))[0]",
    ):
        assert found(text) is None, text
