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
EVIDENCE = """
import numpy as np
import torch


def one_hot(labels, classes):
    made = torch.FloatTensor(labels.size()[0], classes).zero_()
    return made.scatter_(1, labels.data.view(-1, 1), 1)


def as_other(x: torch.Tensor, y: torch.Tensor):
    if x.data.type() != y.type():
        x = x.type_as(y.data)
    return x


def hidden(scores, mask):
    return scores.masked_fill(mask == 0, -1.0), scores.masked_fill(mask != 0, 2.0)


class Moved(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.place = "cpu"

    def to(self, device):
        super().to(device)
        self.place = device
        return self

    def cuda(self):
        return super().cuda()

    def forward(self, x):
        return torch.autograd.Variable(x) + 1
"""
ARRAYS = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}


@pytest.fixture(params=["jax", "tensorflow"])
def converted(request, tmp_path, monkeypatch):
    """The converted module, and what makes an array of its framework."""
    yield from module_of(SOURCE, request.param, tmp_path, monkeypatch)


@pytest.fixture(params=["jax", "tensorflow"])
def evident(request, tmp_path, monkeypatch):
    """The same of code that tells the kinds by how it uses the values."""
    yield from module_of(EVIDENCE, request.param, tmp_path, monkeypatch)


def module_of(text, target, tmp_path, monkeypatch):
    library, make = ARRAYS[target]
    library = pytest.importorskip(library)
    result = convert_text(text, "torch", target)
    assert "refused" not in [d.grade for d in result.diagnostics]
    (tmp_path / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
    (tmp_path / f"receivers_{target}.py").write_text(result.code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, f"{target}_helpers", raising=False)
    yield importlib.import_module(f"receivers_{target}"), getattr(library, make)
    for name in (f"{target}_helpers", f"receivers_{target}"):
        sys.modules.pop(name, None)


def source(text=SOURCE):
    pytest.importorskip("torch")
    names = {}
    exec(text, names)
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


def test_what_code_uses_tells_that_it_is_an_array(evident):
    import torch

    module, make = evident
    labels = np.array([2, 0, 1])
    wanted = source(EVIDENCE)["one_hot"](torch.from_numpy(labels), 4)
    np.testing.assert_array_equal(module.one_hot(make(labels), 4), wanted.numpy())
    x, y = make(np.arange(3, dtype=np.int32)), make(np.ones(3, np.float32))
    assert module.as_other(x, y).dtype == y.dtype and module.as_other(y, y).dtype == y.dtype


@pytest.mark.parametrize("dtype", [bool, np.int32, np.float32])
def test_masks_and_numbers_are_compared_with_zero(evident, dtype):
    module, make = evident
    mask = np.array([0, 1, 0]).astype(dtype)
    hidden, kept = module.hidden(make(np.full(3, 5.0, np.float32)), make(mask))
    np.testing.assert_array_equal(hidden, [-1, 5, -1])
    np.testing.assert_array_equal(kept, [5, 2, 5])


def test_modules_stay_where_they_are(evident):
    module, make = evident
    model = module.Moved().to("elsewhere")
    assert model.place == "elsewhere" and model.cuda() is model
    np.testing.assert_array_equal(model(make(np.ones(2, np.float32))), [2, 2])
