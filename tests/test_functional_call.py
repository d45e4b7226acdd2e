"""Modules called with other parameters: PyTorch's results, gradients and statistics."""

from __future__ import annotations

from pathlib import Path

import ivy
import numpy as np
import pytest

from . import functional_call_source as source
from .programs import loaded


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def converted(request, tmp_path_factory):
    pytest.importorskip(request.param)
    out = tmp_path_factory.mktemp(request.param) / f"called_{request.param}.py"
    report = ivy.source_to_source(Path(source.__file__), to=request.param, out=out)
    told = {one.api: one.code for one in report.diagnostics}
    assert told == {"torch.no_grad": "S2S201", "torch.func.grad": "S2S203"}  # the order of dictionaries
    return loaded(out, out.stem), request.param


@pytest.mark.parametrize("name", ["per_sample", "shifted", "ensemble"])
def test_results_are_those_of_pytorch(converted, name):
    torch = pytest.importorskip("torch")
    module, target = converted
    torch.manual_seed(0)
    ours, theirs = source.Net(), module.Net()
    rng = np.random.default_rng(0)
    x, y = rng.random((5, 2)).astype(np.float32), rng.random((5, 1)).astype(np.float32)
    make = __import__("jax").numpy.asarray if target == "jax" else __import__("tensorflow").constant
    if target == "tensorflow":
        theirs(make(x))
    ivy.load_weights(theirs, {k: v.numpy().copy() for k, v in ours.state_dict().items()})
    want = getattr(source, name)(ours, torch.from_numpy(x), torch.from_numpy(y))
    have = getattr(module, name)(theirs, make(x), make(y))
    assert len(want) == len(have)
    for one, other in zip(want, have):
        np.testing.assert_allclose(np.asarray(other), one.detach().numpy(), rtol=1e-4, atol=1e-5)
