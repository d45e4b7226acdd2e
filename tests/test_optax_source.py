"""optax as a source: optimizers, learning rates and losses give its numbers in PyTorch."""

from __future__ import annotations

import functools
import sys
import types
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("optax")
torch = pytest.importorskip("torch")
tf = pytest.importorskip("tensorflow")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import (  # noqa: E402
    haiku_training_source,
    jax_agent_source,
    jax_batches_source,
    jax_optimizer_source,
    jax_training_source,
    nnx_training_source,
)
from . import optax_source as source  # noqa: E402

# JAX rounds the constants of an update to the dtype of the average too.
HALF_PRECISION = 2e-3
# The variance is the difference of two averages that are nearly equal.
CANCELLED = 1e-4


def module_of(text: str, target: str = "torch") -> types.ModuleType:
    """JAX code in another framework, as a module beside its helpers; nothing of it may be refused."""
    result = convert_text(text, "jax", target, "cases")
    assert not result.error, result.error
    assert [d for d in result.diagnostics if d.grade == "refused"] == []
    helpers, module = types.ModuleType(f"{target}_helpers"), types.ModuleType("converted_cases")
    made = {helpers.__name__: helpers, module.__name__: module}
    sys.modules.update(made)
    try:
        exec(helper_module(result.helpers, load()[target]), helpers.__dict__)  # noqa: S102
        exec(result.code, module.__dict__)  # noqa: S102
    finally:
        for name in made:
            del sys.modules[name]
    return module


@functools.cache
def converted(cases: types.ModuleType = source, target: str = "torch") -> types.ModuleType:
    """The cases in another framework."""
    return module_of(Path(cases.__file__).read_text(encoding="utf-8"), target)


TENSORS = {"torch": torch.tensor, "tensorflow": tf.constant}


def to_tensors(tree, target):
    """The arrays of a tree as tensors."""
    return jax.tree.map(lambda leaf: TENSORS[target](np.asarray(leaf)), tree)


def assert_same(found, expected, tolerance=1e-5) -> None:
    """The leaves of trees of tensors and of arrays are equal within the tolerance."""
    flat, structure = jax.tree.flatten(expected)
    ours, ours_structure = jax.tree.flatten(jax.tree.map(lambda leaf: np.asarray(leaf), found))
    assert ours_structure == structure
    for a, b in zip(ours, flat, strict=True):
        np.testing.assert_allclose(a, np.asarray(b), rtol=tolerance, atol=tolerance)


@functools.cache
def problem():
    """A tree of parameters and gradients for twenty steps, some of them zero."""
    rng = np.random.default_rng(0)

    def tree(scale):
        def draw(*shape):
            return (rng.standard_normal(shape) * scale).astype(np.float32)

        layers = [{"w": draw(3, 4), "b": draw(4)}, {"w": draw(4, 2), "b": draw(2)}]
        return {"layers": layers, "scale": draw(), "rest": (draw(2, 2), np.zeros(3, np.float32))}

    return tree(1.0), [tree(0.3 * (1 + i % 4)) for i in range(20)]


@pytest.mark.parametrize("target", TENSORS)
@pytest.mark.parametrize("name", source.OPTIMIZERS)
def test_optimizers_make_the_same_steps(name, target):
    params, gradients = problem()
    arrays, *grads = (jax.tree.map(jax.numpy.asarray, tree) for tree in (params, *gradients))
    expected = source.stepped(name, arrays, grads)
    given = to_tensors(params, target)
    found = converted(source, target).stepped(name, given, [to_tensors(tree, target) for tree in gradients])
    tolerance = HALF_PRECISION if "half" in name else CANCELLED if "centered corrected" in name else 1e-5
    assert_same(found, expected, tolerance)
    assert_same(given, params)


@pytest.mark.parametrize("target", TENSORS)
@pytest.mark.parametrize("name", source.SCHEDULES)
def test_learning_rates_are_the_same_at_every_step(name, target):
    assert_same(converted(source, target).rates(name, 20), source.rates(name, 20))


@pytest.mark.parametrize("target", TENSORS)
@pytest.mark.parametrize("name", source.LOSSES)
def test_losses_and_their_gradients_are_the_same(name, target):
    rng = np.random.default_rng(1)
    x, y = (rng.standard_normal((5, 4)).astype(np.float32) for _ in range(2))
    p = rng.dirichlet(np.ones(4), 5).astype(np.float32)
    n = np.array([0, 3, 1, 2, 2], np.int32)
    expected = source.loss(name, *map(jax.numpy.asarray, (x, y, p, n)))
    assert_same(converted(source, target).loss(name, *map(TENSORS[target], (x, y, p, n))), expected)


def leaves(tree) -> list[np.ndarray]:
    """The arrays of nested results; variables of flax.nnx are arrays."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [np.asarray(tree.detach() if isinstance(tree, torch.Tensor) else tree)]


FILES = (
    jax_training_source,
    jax_optimizer_source,
    jax_batches_source,
    nnx_training_source,
    haiku_training_source,
    jax_agent_source,
)
STYLES = [(cases, name) for cases in FILES for name in cases.CASES]


@pytest.mark.parametrize("cases, name", STYLES, ids=[name for _, name in STYLES])
def test_training_code_of_many_styles(cases, name):
    assert_same(leaves(getattr(converted(cases), name)()), leaves(getattr(cases, name)()))


WITHOUT_NNX = [(cases, name) for cases, name in STYLES if "from flax import nnx" not in Path(cases.__file__).read_text()]


@pytest.mark.parametrize("cases, name", WITHOUT_NNX, ids=[name for _, name in WITHOUT_NNX])
def test_training_code_of_many_styles_in_tensorflow(cases, name):
    assert_same(leaves(getattr(converted(cases, "tensorflow"), name)()), leaves(getattr(cases, name)()))


@pytest.mark.parametrize("target", TENSORS)
def test_trees_are_added_and_averaged(target):
    params, gradients = problem()
    given = [jax.tree.map(jax.numpy.asarray, tree) for tree in (params, gradients[0])]
    expected = source.tree_arithmetic(given[1], given[0], jax.numpy.asarray(3))
    found = converted(source, target).tree_arithmetic(
        to_tensors(gradients[0], target), to_tensors(params, target), to_tensors(jax.numpy.asarray(3), target)
    )
    assert_same(found, expected)
