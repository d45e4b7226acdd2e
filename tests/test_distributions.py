"""Probability distributions of PyTorch in JAX, TensorFlow and NumPy: numbers, shapes, gradients and draws."""

import importlib
import sys
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

from . import distributions_source as source

torch = pytest.importorskip("torch")
R = np.random.default_rng(0)
A = R.standard_normal((2, 4)).astype(np.float32)
B = R.uniform(0.5, 2, (2, 4)).astype(np.float32)
SHARES = R.uniform(0.1, 0.9, (2, 4)).astype(np.float32)
ROWS = SHARES / SHARES.sum(-1, keepdims=True)
BITS = np.array([[0, 1, 1, 0], [1, 0, 0, 1]], np.float32)
VALUES = {
    "normal": A * 2,
    "number": A,
    "uniform": A + B * SHARES,
    "laplace": A * 2,
    "exponential": B,
    "log_normal": B,
    "poisson": np.array([[0, 1, 5, 2], [3, 0, 2, 9]], np.float32),
    "gamma": B * 2,
    "beta": SHARES,
    "bernoulli": BITS,
    "bernoulli_probs": BITS,
    "categorical": np.array([[1, 3], [0, 2], [2, 2]]),
    "categorical_probs": np.array([1, 3]),
    "one_hot": np.eye(4, dtype=np.float32)[[1, 3]],
    "dirichlet": ROWS,
    "independent": A * 2,
    "multivariate": A + 0.3,
    "covariance": A + 0.3,
}
INDICES = ("categorical", "categorical_probs")
PATHS = ("normal", "log_normal", "uniform", "laplace", "exponential", "gamma", "beta", "independent", "multivariate")


@pytest.fixture(scope="module", params=("jax", "tensorflow", "numpy"))
def converted(request, tmp_path_factory):
    """The converted source, a function that makes its arrays, and its target."""
    target = request.param
    make = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant"), "numpy": ("numpy", "asarray")}
    arrays = pytest.importorskip(make[target][0])
    result = convert_text(Path(source.__file__).read_text(), "torch", target)
    assert not [found for found in result.diagnostics if found.code == "S2S100"]
    folder = tmp_path_factory.mktemp(target)
    (folder / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
    (folder / f"distributions_{target}.py").write_text(result.code)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.delitem(sys.modules, f"{target}_helpers", raising=False)
        yield importlib.import_module(f"distributions_{target}"), getattr(arrays, make[target][1]), target


def same(found, wanted, tolerance=2e-5):
    """Within rounding the same, part by part."""
    if isinstance(wanted, tuple):
        assert len(found) == len(wanted)
        for ours, theirs in zip(found, wanted):
            same(ours, theirs, tolerance)
        return
    wanted = wanted.detach().numpy() if isinstance(wanted, torch.Tensor) else wanted
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=tolerance, atol=tolerance)
    assert np.shape(found) == np.shape(wanted)


@pytest.mark.parametrize("name", VALUES)
def test_numbers(converted, name):
    module, make, _ = converted
    ours, theirs = (make(A), make(B)), (torch.from_numpy(A), torch.from_numpy(B))
    value = VALUES[name]
    same(module.log_prob(name, *ours, make(value)), source.log_prob(name, *theirs, torch.from_numpy(value)))
    same(module.entropy(name, *ours), source.entropy(name, *theirs))
    if name not in INDICES:
        same(module.moments(name, *ours), source.moments(name, *theirs))
    if name not in ("laplace", "number"):
        same(module.divergence(name, *ours), source.divergence(name, *theirs))
    if name in ("normal", "log_normal", "uniform"):
        same(module.shares(name, *ours, make(value)), source.shares(name, *theirs, torch.from_numpy(value)))


@pytest.mark.parametrize("name", VALUES)
def test_draws(converted, name):
    module, make, _ = converted
    sample, one, batch, event = module.draws(name, make(A), make(B), 4000)
    wanted = source.draws(name, torch.from_numpy(A), torch.from_numpy(B), 1)
    assert tuple(sample.shape) == (4000, *wanted[0].shape[1:])
    assert (tuple(one), tuple(batch), tuple(event)) == tuple(map(tuple, wanted[1:]))
    dist = source.make(name, torch.from_numpy(A), torch.from_numpy(B))
    if name in INDICES:
        sample, dist = np.eye(4)[np.asarray(sample)], torch.distributions.OneHotCategorical(dist.probs)
    sample = np.asarray(sample)
    error = 5 * dist.stddev.numpy() / np.sqrt(len(sample))
    assert (np.abs(sample.mean(0) - dist.mean.numpy()) <= error).all()
    assert np.allclose(sample.std(0), dist.stddev.numpy(), rtol=0.2)


def gradients(function, arrays, target):
    """The gradients of a function's sum with respect to all arrays."""
    if target == "jax":
        import jax

        return jax.grad(lambda arrays: function(*arrays).sum())(arrays)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(arrays)
        total = tf.reduce_sum(function(*arrays))
    return tape.gradient(total, arrays, unconnected_gradients="zero")


@pytest.mark.parametrize("name", [name for name in VALUES if name != "number"])
def test_gradients(converted, name):
    module, make, target = converted
    if target == "numpy":
        pytest.skip("NumPy has no gradients")
    value = VALUES[name]
    theirs = [torch.tensor(x, requires_grad=True) for x in (A, B)]
    total = source.log_prob(name, *theirs, torch.from_numpy(value)).sum() + source.entropy(name, *theirs).sum()
    total.backward()

    found = [
        gradients(lambda a, b: module.log_prob(name, a, b, make(value)), [make(A), make(B)], target),
        gradients(lambda a, b: module.entropy(name, a, b), [make(A), make(B)], target),
    ]
    for one, two, x in zip(*found, theirs):
        same(np.asarray(one) + np.asarray(two), np.zeros_like(A) if x.grad is None else x.grad, 1e-4)


@pytest.mark.parametrize("name", PATHS)
def test_gradients_of_draws(converted, name):
    module, make, target = converted
    if target == "numpy":
        pytest.skip("NumPy has no gradients")
    theirs = [torch.tensor(x, requires_grad=True) for x in (A, B)]
    source.reparametrized(name, *theirs).backward()
    for x, found in zip(theirs, gradients(lambda a, b: module.reparametrized(name, a, b), [make(A), make(B)], target)):
        assert bool(np.any(np.asarray(found))) == (x.grad is not None and bool(x.grad.any()))


def test_models(converted):
    module, make, target = converted
    ours, theirs = module.Actor(3, 4), source.Actor(3, 4)
    x = R.standard_normal((2, 3)).astype(np.float32)
    ivy.load_weights(ours, theirs.state_dict())
    same(ours.evaluate(make(x), make(A)), theirs.evaluate(torch.from_numpy(x), torch.from_numpy(A)))
    assert np.shape(ours.evaluate(make(x))[0]) == (2,)
    action = np.array([1, 3])
    same(
        module.policy_loss(make(A), make(action), make(A[:, 0])),
        source.policy_loss(torch.from_numpy(A), torch.from_numpy(action), torch.from_numpy(A[:, 0])),
    )
