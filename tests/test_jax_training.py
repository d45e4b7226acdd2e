"""Training repositories of JAX converted as a whole: losses and parameters follow the source's step by step."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("optax")
torch = pytest.importorskip("torch")

from ivy.s2s.api import source_to_source  # noqa: E402
from ivy.s2s.weights import load_weights  # noqa: E402

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
# The bias before a batch normalisation has no gradient but noise, which Adam makes as large as any.
NOISE = {"nnx_cnn": ("conv.bias", "norm.mean")}


def both(name: str, folder: Path):
    """The module ``train`` of a repository in JAX and in PyTorch; nothing may be refused."""
    converted = folder / f"{name}_in_torch"
    report = source_to_source(FIXTURES / name, to="torch", out=converted)
    assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    modules = []
    for path, package in ((FIXTURES, name), (folder, converted.name)):
        sys.path.insert(0, str(path))
        try:
            modules.append(importlib.import_module(f"{package}.train"))
        finally:
            sys.path.remove(str(path))
            for module in [m for m in sys.modules if m.split(".")[0] in (package, "torch_helpers")]:
                del sys.modules[module]
    return modules


def leaves(tree) -> list[np.ndarray]:
    """The arrays of a tree of either framework."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [np.asarray(tree)]


def assert_follows(found, expected, tolerance: float) -> None:
    """All arrays of two results are equal within a tolerance."""
    ours, theirs = leaves(found), leaves(expected)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def learns(losses) -> None:
    """The source's losses go down, so that following them says something."""
    losses = np.asarray(losses)
    assert losses[-5:].mean() < 0.8 * losses[:5].mean()


def test_functions_of_parameters(tmp_path):
    source, converted = both("optax_mlp", tmp_path)
    metrics, evaluation, params = source.main()
    learns(metrics["loss"])
    found = converted.main()
    assert_follows(found[:2], (metrics, evaluation), 1e-3)
    assert_follows(found[2], params, 1e-4)


def test_modules_of_nnx(tmp_path):
    pytest.importorskip("flax")
    source, converted = both("nnx_cnn", tmp_path)
    model, ours = source.create(), converted.create()
    load_weights(ours, model)
    history, results = source.fit(model)
    learns([loss for loss, _ in history])
    found, found_results = converted.fit(ours)
    assert_follows(found, history, 1e-5)
    # Evaluation subtracts a running mean that lags behind the bias, which is noise.
    assert_follows(found_results, results, 1e-2)
    expected = converted.create()
    load_weights(expected, model)
    for name, value in expected.state_dict().items():
        if not name.endswith(NOISE["nnx_cnn"]):
            np.testing.assert_allclose(ours.state_dict()[name], value, atol=1e-4, err_msg=name)


def test_train_state_of_linen(tmp_path):
    pytest.importorskip("flax")
    source, converted = both("linen_cnn", tmp_path)
    state = source.create_train_state(jax.random.key(0))
    variables = {"params": state.params, "batch_stats": state.batch_stats}
    given = jax.tree.map(lambda leaf: torch.tensor(np.asarray(leaf)), variables)
    history, mean, *last = source.fit(state)
    learns([metrics["loss"] for metrics, _ in history])
    ours = converted.create_train_state(0).replace(**given)
    found, found_mean, *found_last = converted.fit(ours)
    assert_follows((found, found_mean), (history, mean), 1e-3)
    assert_follows(found_last, last, 1e-4)
