"""Optimizers of arrays without a module: the arrays are PyTorch's after 20 steps."""

from __future__ import annotations

import inspect
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy.s2s.pipeline import convert_text

from . import array_optimizers_source
from .programs import loaded

NAMES = [
    name
    for name, value in vars(array_optimizers_source).items()
    if inspect.isfunction(value) and value.__module__.endswith("array_optimizers_source")
]


def leaves(value):
    """All numbers of a result."""
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)]


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def converted(request, tmp_path_factory):
    pytest.importorskip(request.param)
    folder = tmp_path_factory.mktemp(request.param)
    out = folder / f"arrays_{request.param}.py"
    report = ivy.source_to_source(Path(array_optimizers_source.__file__), to=request.param, out=out)
    assert not [item for item in report.diagnostics if item.code != "S2S201"]  # blocks without gradients
    return loaded(out, out.stem), request.param


@pytest.mark.parametrize("name", NAMES)
def test_the_arrays_are_those_of_pytorch(converted, name):
    torch = pytest.importorskip("torch")
    module, target = converted
    torch.manual_seed(0)
    ours = array_optimizers_source.Net()
    theirs = module.Net()
    if target == "tensorflow":
        theirs(np.zeros((1, 3), np.float32))
    ivy.load_weights(theirs, {k: v.numpy().copy() for k, v in ours.state_dict().items()})
    x = np.random.default_rng(0).uniform(0.1, 0.9, (4, 3)).astype(np.float32)
    want = leaves(getattr(array_optimizers_source, name)(ours, torch.from_numpy(x.copy())))
    make = __import__("jax").numpy.asarray if target == "jax" else __import__("tensorflow").constant
    have = leaves(getattr(module, name)(theirs, make(x)))
    assert len(want) == len(have)
    for one, other in zip(want, have):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


ALIASED = """
import torch


def fit(x):
    z = torch.zeros(3)
    kept = z
    z.requires_grad_(True)
    optimizer = torch.optim.Adam([z])
    for _ in range(3):
        loss = (z - x).pow(2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return kept
"""


def test_an_array_with_two_names_is_refused():
    found = convert_text(ALIASED, "torch", "jax")
    assert [item.message for item in found.diagnostics if item.grade == "refused"] == [
        "'z' is trained, and 'kept' holds the same array"
    ]


ARGUMENT = """
import torch


def fit(z, x):
    z.requires_grad_(True)
    optimizer = torch.optim.Adam([z])
    for _ in range(3):
        loss = (z - x).pow(2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return z
"""


def test_that_an_argument_stays_is_told():
    found = convert_text(ARGUMENT, "torch", "jax")
    assert [item.message for item in found.diagnostics] == ["'z' is an argument: the array of the caller stays as it was"]
