"""Methods that arrays of PyTorch and NumPy both have, called on values of which the source does not tell the kind."""

import importlib
import sys

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

SOURCE = """
import numpy as np
import torch


def spread(x):
    return x.std()


def best(output):
    return output.max(1)[1]


def both(x):
    values, places = x.min(0)
    return values + x.var(0), places


def turned(x):
    return x.transpose(0, 1) * (x * 2).std()


def ordered(names):
    names.sort()
    return names


def picked(model, x):
    return model(x).max(1)[1]
"""
ARRAYS = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}


@pytest.fixture(params=["jax", "tensorflow"])
def converted(request, tmp_path, monkeypatch):
    """The converted module, and what makes an array of its framework."""
    target = request.param
    library, make = ARRAYS[target]
    library = pytest.importorskip(library)
    result = convert_text(SOURCE, "torch", target)
    (tmp_path / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
    (tmp_path / f"receivers_{target}.py").write_text(result.code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, f"{target}_helpers", raising=False)
    yield importlib.import_module(f"receivers_{target}"), getattr(library, make)
    for name in (f"{target}_helpers", f"receivers_{target}"):
        sys.modules.pop(name, None)


def source():
    pytest.importorskip("torch")
    names = {}
    exec(SOURCE, names)
    return names


@pytest.mark.parametrize("name", ["spread", "best", "both", "turned", "picked"])
def test_arrays_of_the_target_are_computed_as_in_pytorch(converted, name):
    import torch

    module, make = converted
    x = np.random.default_rng(0).standard_normal((4, 4)).astype(np.float32)
    before = (lambda v: v * 2,) if name == "picked" else ()
    wanted, found = source()[name](*before, torch.from_numpy(x)), getattr(module, name)(*before, make(x))
    pairs = zip(found, wanted) if isinstance(wanted, tuple) else [(found, wanted)]
    for a, b in pairs:
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-5)


def test_other_values_keep_their_own_methods(converted):
    module, _ = converted
    x = np.arange(12.0).reshape(3, 4)
    assert module.spread(x) == x.std()
    np.testing.assert_array_equal(module.best(x), x.max(1)[1])
    assert module.ordered(["b", "a"]) == ["a", "b"]


def test_numpy_cannot_tell_them_apart():
    found = convert_text(SOURCE, "torch", "numpy")
    refused = {d.api for d in found.diagnostics if d.grade == "refused"}
    assert refused == {f"torch.Tensor.{name}" for name in ("std", "max", "min", "var", "transpose")}
