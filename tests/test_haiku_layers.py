"""Haiku's layers in PyTorch, TensorFlow and NumPy: first values, results, state and gradients of the same parameters."""

from __future__ import annotations

import os
import sys
import types
from functools import cache

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from .haiku_layer_cases import BODIES, CASES, HEAD, SHARED  # noqa: E402

# Cases that are quick and stand for the others; all are tried with `-m slow`.
QUICK = "attention batch_norm conv2d conv_transpose2d group_norm lstm names vector_quantizer_ema".split()
EVERY = {name: shape for name, (_, shape) in (CASES | BODIES).items()}


def cases(*targets: str) -> list:
    """Pairs of target and case; those that are not quick are slow."""
    pairs = ((target, name) for target in targets for name in sorted(EVERY))
    return [pytest.param(*pair, marks=() if pair[1] in QUICK else pytest.mark.slow) for pair in pairs]


def source_text() -> str:
    parts = [f"\n\ndef {name}(x, train):\n    return {code}\n" for name, (code, _) in CASES.items()]
    parts += [f"\n\ndef {name}(x, train):{body}" for name, (body, _) in BODIES.items()]
    made = "".join(f"\n{name}_net = hk.transform_with_state({name})" for name in EVERY)
    return HEAD + SHARED + "".join(parts) + "\n" + made + "\n"


@cache
def source() -> types.ModuleType:
    module = types.ModuleType("haiku_layers_source")
    exec(source_text(), module.__dict__)  # noqa: S102
    return module


@cache
def converted(target: str) -> types.ModuleType:
    pytest.importorskip(target)
    found = convert_text(source_text(), "jax", target)
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    helpers = types.ModuleType(f"{target}_helpers")
    module = types.ModuleType(f"haiku_layers_{target}")
    exec(helper_module(found.helpers, load()[target]), helpers.__dict__)  # noqa: S102
    before = sys.modules.get(helpers.__name__)
    sys.modules[helpers.__name__] = helpers
    try:
        exec(found.code, module.__dict__)  # noqa: S102
    finally:
        sys.modules.pop(helpers.__name__)
        if before is not None:
            sys.modules[helpers.__name__] = before
    return module


def array(value, target: str):
    value = np.array(value)
    if target == "numpy":
        return value
    if target == "torch":
        import torch

        return torch.from_numpy(value)
    import tensorflow as tf

    return tf.constant(value)


def mapped(function, tree):
    return {path: {name: function(value) for name, value in part.items()} for path, part in tree.items()}


def leaves(tree) -> list:
    """Arrays of nested containers, in the order of JAX."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [] if tree is None else [tree]


def same(ours, theirs, tolerance: float = 1e-5, dtypes: bool = True) -> None:
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), (set(ours), set(theirs))
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs):
        mine = np.asarray(mine.detach() if hasattr(mine, "detach") else mine)
        assert mine.shape == other.shape
        assert not dtypes or mine.dtype == other.dtype
        scale = max(1.0, float(np.abs(other).max(initial=0)))
        np.testing.assert_allclose(mine, np.asarray(other), rtol=0, atol=tolerance * scale)


@cache
def expected_values(name: str):
    """The parameters, state and inputs of a case, and its results in training and then in inference."""
    net, x = getattr(source(), f"{name}_net"), drawn(EVERY[name])
    first = params, state = jax.jit(net.init, static_argnums=2)(jax.random.PRNGKey(3), x, True)
    apply, found = jax.jit(net.apply, static_argnums=4), []
    for train in (True, False):
        result, state = apply(params, state, jax.random.PRNGKey(7), x, train)
        found.append((result, state))
    return first, x, found


@cache
def expected_gradients(name: str):
    """Gradients of a weighted sum of a case's results for the parameters and the inputs."""
    net, ((params, state), x, _) = getattr(source(), f"{name}_net"), expected_values(name)

    def total(params, x):
        results = leaves(net.apply(params, state, jax.random.PRNGKey(7), x, True)[0])
        kept = [r for r in results if jax.numpy.issubdtype(r.dtype, jax.numpy.floating)]
        return sum(jax.numpy.sum(r * drawn(r.shape)) for r in kept)

    return jax.jit(jax.grad(total, argnums=(0, 1)))(params, x)


def drawn(shape) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


@pytest.mark.parametrize(("target", "name"), cases("torch", "tensorflow", "numpy"))
def test_layer(target: str, name: str) -> None:
    """The first values of a key; a call in training, then one in inference with the state that it left."""
    ours = getattr(converted(target), f"{name}_net")
    (params, state), x, results = expected_values(name)
    made = ours.init(3, array(x, target), True)
    same(made[0], params)
    same(made[1], state)
    mine, held = (mapped(lambda value: array(value, target), tree) for tree in (params, state))
    for train, (expected, state) in zip((True, False), results):
        result, held = ours.apply(mine, held, 7, array(x, target), train)
        same(result, expected, 2e-5)
        same(held, state, 2e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "name"), cases("torch", "tensorflow"))
def test_gradients(target: str, name: str) -> None:
    """Gradients of a weighted sum of the results for the parameters and the inputs."""
    ours, expected = getattr(converted(target), f"{name}_net"), expected_gradients(name)
    (params, state), x, _ = expected_values(name)
    arrays, held = (mapped(lambda value: array(value, target), tree) for tree in (params, state))
    found = gradients(target, ours, arrays, held, array(x, target))
    same(found[0], expected[0], 2e-4, dtypes=False)
    same(found[1], expected[1], 2e-4, dtypes=False)


def gradients(target, net, params, state, x):
    """Those of the weighted sum, zeros where nothing depends on an array."""
    flat = [*leaves(params), x]
    if target == "torch":
        for value in flat:
            value.requires_grad_()
        results = leaves(net.apply(params, state, 7, x, True)[0])
        weighted(results, lambda r: r.dtype.is_floating_point, target).backward()
        found = {id(value): np.zeros(value.shape) if value.grad is None else value.grad for value in flat}
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(flat)
            results = leaves(net.apply(params, state, 7, x, True)[0])
            total = weighted(results, lambda r: r.dtype.is_floating, target)
        got = tape.gradient(total, flat, unconnected_gradients="zero")
        found = {id(value): tf.convert_to_tensor(grad) for value, grad in zip(flat, got)}
    return mapped(lambda value: found[id(value)], params), found[id(x)]


def weighted(results, is_float, target):
    """The sum of the results, each element times a number of its own."""
    if target == "torch":
        return sum((r * array(drawn(tuple(r.shape)), target)).sum() for r in results if is_float(r))
    import tensorflow as tf

    return sum(tf.reduce_sum(r * drawn(tuple(r.shape))) for r in results if is_float(r))
