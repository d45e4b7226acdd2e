"""NumPy's code beside SciPy's: what the hub has is the target's, the rest runs in NumPy; elements of arrays are keys."""

import inspect
import os

import numpy as np
import pytest
from ivy.s2s.api import source_to_source

from . import numpy_libraries_source as original
from .programs import leaves, loaded

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
TARGETS = ("torch", "jax", "tensorflow")
MEMBERS = inspect.getmembers(original, inspect.isfunction)
FUNCTIONS = [name for name, function in MEMBERS if function.__module__ == original.__name__]
INPUTS = {
    "x": np.random.default_rng(0).normal(size=(4, 5)),
    "labels": np.array([3, 1, 3, 2, 3]),
    "n": 4,
}


@pytest.fixture(scope="module", params=TARGETS)
def converted(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    source = folder / "source"
    source.mkdir()
    (source / "program.py").write_text(inspect.getsource(original), encoding="utf-8")
    report = source_to_source(source, to=request.param, out=folder / "out")
    assert report.exit_code == 0, [str(d) for d in report.diagnostics if d.grade == "refused"]
    return request.param, loaded(folder / "out" / "program.py", f"numpy_libraries_{request.param}"), report


def native(value, target):
    """An input as the target's array."""
    if target == "torch":
        import torch

        return torch.as_tensor(value)
    if target == "jax":
        import jax.numpy as jnp

        return jnp.asarray(value)
    import tensorflow as tf

    return tf.convert_to_tensor(value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_same_results(name, converted):
    target, module, _ = converted
    wanted = inspect.signature(getattr(original, name)).parameters
    given = {key: value.copy() if key != "n" else value for key, value in INPUTS.items() if key in wanted}
    expected = getattr(original, name)(**given)
    if name == "lowest" and target == "jax":
        with pytest.raises(TypeError, match="jax_enable_x64"):
            module.lowest(native(given["x"], target))
        return
    found = getattr(module, name)(**{k: native(v, target) if k != "n" else v for k, v in given.items()})
    if name == "kinds_of_numbers":
        assert found == expected
        return
    ours, theirs = leaves(found), leaves(expected)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


def test_what_runs_in_numpy_is_told(converted):
    _, _, report = converted
    told = {d.api for d in report.diagnostics if d.code == "S2S210"}
    assert {"scipy.signal.lfilter", "scipy.optimize.minimize", "numpy.unwrap", "numpy.equal.outer"} <= told
    assert not told & {"scipy.special.expit", "scipy.stats.norm.logpdf", "scipy.linalg.solve_triangular"}


def test_no_gradient_passes_numpy(converted):
    target, module, _ = converted
    if target == "torch":
        x = native(INPUTS["x"], target).requires_grad_()
        with pytest.raises(RuntimeError, match="requires grad"):
            module.filtered(x)
