"""Losses that call methods and functions which use the trained modules: the whole gradient is taken, or none."""

from __future__ import annotations

from pathlib import Path

import ivy
import numpy as np
import pytest

from . import hidden_modules_source
from .programs import loaded

STEPS = 6


def batches():
    rng = np.random.default_rng(0)
    return rng.random((6, 1)).astype(np.float32), rng.random((6, 1)).astype(np.float32)


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def converted(request, tmp_path_factory):
    pytest.importorskip(request.param)
    out = tmp_path_factory.mktemp(request.param) / f"hidden_{request.param}.py"
    report = ivy.source_to_source(Path(hidden_modules_source.__file__), to=request.param, out=out)
    return loaded(out, out.stem), request.param, [item for item in report.diagnostics if item.grade == "refused"]


def networks(module, target):
    """PyTorch's network and the target's, with the same weights, and what makes arrays of the target."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    ours, theirs = hidden_modules_source.Net(), module.Net()
    make = __import__("jax").numpy.asarray if target == "jax" else __import__("tensorflow").constant
    if target == "tensorflow":
        theirs(*map(make, batches()))
    ivy.load_weights(theirs, {k: v.numpy().copy() for k, v in ours.state_dict().items()})
    return ours, theirs, make


@pytest.mark.parametrize("name", ["Trainer", "Both", "Agent"])
def test_methods_have_their_part_of_the_gradient(converted, name):
    torch = pytest.importorskip("torch")
    module, target, _ = converted
    ours, theirs, make = networks(module, target)
    want = getattr(hidden_modules_source, name)(ours).fit(*map(torch.from_numpy, batches()), STEPS)
    have = getattr(module, name)(theirs).fit(*map(make, batches()), STEPS)
    np.testing.assert_allclose(have, want, rtol=1e-4)


def test_a_function_that_holds_the_module_is_refused_in_jax(converted):
    torch = pytest.importorskip("torch")
    module, target, refused = converted
    ours, theirs, make = networks(module, target)
    if target == "jax":
        assert [item.message for item in refused] == ["'compute' uses 'net', which it is not given"]
        return
    assert not refused
    want = hidden_modules_source.nested(ours, *map(torch.from_numpy, batches()), STEPS)
    have = module.nested(theirs, *map(make, batches()), STEPS)
    np.testing.assert_allclose(have, want, rtol=1e-4)
