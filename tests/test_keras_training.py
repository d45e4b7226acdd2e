"""Training code of Keras as a source: tapes, optimizers, learning rates, losses and metrics in PyTorch and JAX."""

from __future__ import annotations

import functools
import os
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")

from . import keras_training_source as source  # noqa: E402
from .keras_running import run_code  # noqa: E402


@functools.cache
def converted(target: str = "torch") -> types.ModuleType:
    """The cases in a target."""
    return run_code(Path(source.__file__).read_text(encoding="utf-8"), target)


ARRAY = {"torch": torch.tensor, "jax": jax.numpy.asarray}
both = pytest.mark.parametrize("target", ARRAY)


def leaves(tree) -> list[np.ndarray]:
    """The arrays of nested results."""
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [np.asarray(tree.detach() if isinstance(tree, torch.Tensor) else tree)]


def assert_same(found, expected, tolerance=1e-5) -> None:
    """All arrays of two results are equal within a tolerance."""
    ours, theirs = leaves(found), leaves(expected)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def normal(*shape, seed=0):
    """Normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


RARER = "adadelta adamax lion nadam".split()


@pytest.mark.parametrize(
    "name, target", [*((name, "torch") for name in source.OPTIMIZERS), *((name, "jax") for name in RARER)]
)
def test_optimizers_make_the_same_steps(name, target):
    values = [normal(3, 4), normal(4, seed=1), normal(2, seed=2)]
    gradients = [[normal(*v.shape, seed=10 * i + j) * 0.3 for j, v in enumerate(values)] for i in range(20)]
    gradients[-1][2] = None
    ours = [[None if g is None else ARRAY[target](g) for g in grads] for grads in gradients]
    theirs = [[None if g is None else tf.constant(g) for g in grads] for grads in gradients]
    variable = torch.tensor if target == "torch" else lambda v: nnx.Param(jax.numpy.asarray(v))
    found = converted(target).stepped(name, [variable(v) for v in values], ours)
    expected = source.stepped(name, [tf.Variable(v) for v in values], theirs)
    assert_same([np.asarray(v[...]) for v in found], expected)


@pytest.mark.parametrize("name", source.SCHEDULES)
def test_learning_rates_are_the_same_at_every_step(name):
    assert_same(converted().rates(name, 20), source.rates(name, 20))


@pytest.mark.parametrize("name", source.LOSSES)
def test_losses_are_the_same(name):
    target, output = (np.abs(normal(5, 4, seed=3)) > 0.5).astype(np.float32), normal(5, 4, seed=4)
    weights = np.abs(normal(5, seed=5))
    expected = source.losses(name, *map(tf.constant, (target, output, weights)))
    assert_same(converted().losses(name, *map(torch.tensor, (target, output, weights))), expected)


def weights_of(model, x) -> list[np.ndarray]:
    """Weights of the shapes that a model has for an input."""
    model(x)
    return [
        np.abs(normal(*w.shape, seed=i)) * 0.3 if w.ndim == 1 else normal(*w.shape, seed=i) * 0.5
        for i, w in enumerate(model.get_weights())
    ]


@both
def test_a_classifier_follows_its_source(target):
    inputs = [normal(8, 4, seed=i) for i in range(20)]
    batches = [(x, x[:, :3].argmax(1).astype(np.int32)) for x in inputs]
    weights = weights_of(source.Net(8, 3), inputs[0])
    expected = source.classifier(weights, [tuple(map(tf.constant, batch)) for batch in batches])
    found = converted(target).classifier(weights, [tuple(map(ARRAY[target], batch)) for batch in batches])
    assert_same(found, expected, 1e-4)


@both
def test_adversaries_follow_their_source(target):
    batches = [(normal(8, 4, seed=i) + 1, normal(8, 4, seed=100 + i)) for i in range(10)]
    generator, critic = (weights_of(model, batches[0][0]) for model in (source.Net(6, 4), source.Net(6, 1)))
    expected = source.adversaries(generator, critic, [tuple(map(tf.constant, batch)) for batch in batches])
    found = converted(target).adversaries(generator, critic, [tuple(map(ARRAY[target], batch)) for batch in batches])
    assert_same(found, expected, 1e-4)


@both
def test_values_that_are_kept_are_those_of_their_time(target):
    x = normal(8, 4)
    weights = weights_of(source.Net(4, 2), x)
    expected = source.averaged(weights, tf.constant(x))
    assert_same(converted(target).averaged(weights, ARRAY[target](x)), expected, 1e-4)


@both
def test_fit_takes_the_steps_of_the_model(target):
    x, weights = normal(30, 4), [normal(4, 2, seed=1), normal(2, seed=2)]
    assert_same(converted(target).own_step(x, weights), source.own_step(x, weights))
