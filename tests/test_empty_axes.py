"""Reductions over axes that turn out to be none: nothing in NumPy, JAX and TensorFlow, everything in PyTorch."""

import sys
import types

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

TORCH = """
import torch
from collections.abc import Sequence


def reduce(x: torch.Tensor, axes: tuple[int, ...], dims: Sequence[int], n: int):
    return [
        torch.sum(x, dim=tuple(range(n, x.ndim))),
        x.mean(dim=axes, keepdim=True),
        x.amax(dim=list(range(n, len(x.shape)))),
        x.std(dims, correction=0),
        torch.sum(x, dim=()),
        torch.any(x > 0, dim=tuple(axes)),
    ]
"""
JAX = """
import jax.numpy as jnp
from collections.abc import Sequence


def reduce(x, axes: tuple[int, ...], dims: Sequence[int], n: int):
    return [
        jnp.sum(x, axis=tuple(range(n, x.ndim))),
        jnp.mean(x, axis=axes, keepdims=True),
        x.max(axis=tuple(i for i in range(n, x.ndim))),
        jnp.var(x, axis=tuple(dims)),
        jnp.sum(x, axis=()),
        jnp.any(x > 0, axis=tuple(axes)),
    ]
"""
MAKERS = {"jax": "jax.numpy asarray", "tensorflow": "tensorflow constant", "numpy": "numpy array", "torch": "torch tensor"}


def function_of(text, source, target, monkeypatch):
    """The function of a text, converted where the target is another framework."""
    if source != target:
        result = convert_text(text, source, target)
        assert not result.diagnostics, result.diagnostics
        helpers = types.ModuleType(f"{target}_helpers")
        exec(helper_module(result.helpers, load()[target]), helpers.__dict__)
        monkeypatch.setitem(sys.modules, f"{target}_helpers", helpers)
        text = result.code
    names = {"__name__": "reductions"}
    exec(text, names)
    return names["reduce"]


@pytest.mark.parametrize(
    "source, target",
    [("torch", "jax"), ("torch", "tensorflow"), ("torch", "numpy"), ("jax", "torch"), ("jax", "numpy"), ("jax", "tensorflow")],
)
def test_no_axes(source, target, monkeypatch):
    text = {"torch": TORCH, "jax": JAX}[source]
    original = function_of(text, source, source, monkeypatch)
    converted = function_of(text, source, target, monkeypatch)
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    for given in (((0,), [1], 1), ((), [], 2), ((0, 1), [0, 1], 0)):
        results = []
        for framework, function in ((source, original), (target, converted)):
            module, maker = MAKERS[framework].split()
            make = getattr(pytest.importorskip(module), maker)
            results.append([np.asarray(part) for part in function(make(x), *given)])
        for wanted, found in zip(*results, strict=True):
            assert wanted.shape == found.shape
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
