"""Derivatives at Python's numbers, and arrays of NumPy beside JAX's, in PyTorch."""

from __future__ import annotations

import types

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

SOURCE = """
import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, jit


def f(x, n=2):
    return jnp.sin(x) ** n


def derivatives():
    df = grad(f)
    value, pullback = jax.vjp(f, 0.4)
    return [df(1.0), grad(grad(f))(2.0), jit(grad(f))(-1.5), df(1.0, 3), *jax.jvp(f, (1.0,), (2.0,)), *pullback(1.0)]


def compared():
    return jnp.asarray((np.random.default_rng(0).random((2, 3)) > 0.5).astype("float32"))


def created(model, key, shape):
    return model.init(key, jnp.ones(shape, model.dtype))
"""


def test_derivatives_at_numbers_and_comparisons_of_numpy(monkeypatch):
    """Floats are tensors where a derivative is taken at them; what compares arrays of NumPy stays NumPy's."""
    result = convert_text(SOURCE, "jax", "torch", "numbers")
    assert not result.error, result.error
    assert [d for d in result.diagnostics if d.grade == "refused"] == []
    helpers = types.ModuleType("torch_helpers")
    exec(helper_module(result.helpers, load()["torch"]), helpers.__dict__)  # noqa: S102
    monkeypatch.setitem(__import__("sys").modules, "torch_helpers", helpers)
    source, target = {}, {}
    exec(SOURCE, source)  # noqa: S102
    exec(result.code, target)  # noqa: S102
    np.testing.assert_allclose(np.array(target["derivatives"]()), np.array(source["derivatives"]()), rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(target["compared"]()), np.asarray(source["compared"]()))
