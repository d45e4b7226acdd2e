"""Functions and classes of Keras 3 give the same numbers in PyTorch, JAX and NumPy."""

from __future__ import annotations

import math
import pathlib
import re
import sys
import types

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

from . import sampling
from .test_tf_source import TARGETS, results

SOURCE = (pathlib.Path(__file__).parent / "keras_cases.py").read_text(encoding="utf-8")
CALLS = re.findall(r'^    "(.*)",$', SOURCE, re.M)


@pytest.fixture(scope="module")
def source():
    """The names of the cases in Keras."""
    pytest.importorskip("keras")
    namespace: dict = {"__name__": "keras_cases"}
    exec(compile(SOURCE, "keras_cases.py", "exec"), namespace)
    return namespace


@pytest.fixture(scope="module", params=TARGETS)
def target(request):
    """A target and the names of the converted cases."""
    pytest.importorskip(request.param)
    converted = convert_text(SOURCE, "tensorflow", request.param, "keras_cases")
    assert not converted.error
    refused = {d.api for d in converted.diagnostics if d.grade == "refused"}
    assert refused == ({"keras.ops.jvp"} if request.param == "numpy" else set())
    helpers = types.ModuleType(f"{request.param}_helpers")
    text = helper_module(converted.helpers, load()[request.param])
    sys.modules[helpers.__name__] = helpers
    exec(compile(text, "helpers", "exec"), helpers.__dict__)
    namespace: dict = {"__name__": "converted"}
    exec(compile(converted.code, "converted", "exec"), namespace)
    yield request.param, namespace
    del sys.modules[helpers.__name__]


@pytest.mark.parametrize("call", CALLS)
def test_functions_agree(call, source, target):
    framework, namespace = target
    expected = results(call, "tensorflow", source)
    found = results(call, framework, namespace)
    assert [part.shape for part in found] == [part.shape for part in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


def value_and_gradient(function, framework, arrays):
    """A scalar function and its gradient with respect to the first array; compiled in JAX."""
    if framework == "jax":
        import jax

        return jax.jit(jax.value_and_grad(function))(*arrays)
    if framework == "torch":
        arrays[0].requires_grad_()
        value = function(*arrays)
        value.backward()
        return value.detach(), arrays[0].grad
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(arrays[0])
        value = function(*arrays)
    return value, tape.gradient(value, arrays[0])


@pytest.mark.parametrize("name", re.findall(r"^def (scalar_\w+)", SOURCE, re.M))
def test_gradients_agree(name, source, target):
    framework, namespace = target
    if framework == "numpy":
        pytest.skip("NumPy has no gradients")
    x, y = np.random.default_rng(0).standard_normal((2, 6, 4)).astype(np.float32)

    def of(framework, namespace):
        arrays = [sampling.to_framework(a, framework) for a in (x, y)]
        return value_and_gradient(namespace[name], framework, arrays)

    for a, b in zip(of(framework, namespace), of("tensorflow", source), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


@pytest.fixture(scope="module")
def weights():
    """Logarithms of shares 0.2, 0.3 and 0.5."""
    return np.log(np.array([[0.2, 0.3, 0.5]], np.float32))


def test_random_numbers_have_their_distributions(target, weights):
    framework, namespace = target
    found = [
        sampling.to_numpy(x) for x in namespace["draws"](sampling.to_framework(weights, framework))
    ]
    means = [3.0, 0.25, 2.0, 0.0, 1.0, 1.3]
    spreads = [
        math.sqrt(3),
        math.sqrt(1 / 48),
        math.sqrt(1.5),
        math.sqrt(2),
        2 * 0.8796,
        math.sqrt(0.61),
    ]
    for values, mean, spread in zip(found, means, spreads, strict=True):
        assert values.shape == (4000,)
        assert abs(values.mean() - mean) < 5 * spread / math.sqrt(4000)
        assert abs(values.std() / spread - 1) < 0.1
    assert set(found[3]) == {-2, -1, 0, 1, 2} and found[3].dtype == np.int32
    assert np.abs(found[4] - 1).max() <= 4


def test_a_shuffled_array_has_the_same_parts(target):
    framework, namespace = target
    x = np.arange(600).reshape(20, 30)
    rows, columns = namespace["orders"](sampling.to_framework(x, framework))
    rows, columns = sampling.to_numpy(rows), sampling.to_numpy(columns)
    assert (
        (rows != x).any() and (np.sort(rows, 0) == x).all() and (np.diff(rows, axis=1) == 1).all()
    )
    assert (columns != x).any() and (np.sort(columns, 1) == x).all()
    assert (np.diff(columns, axis=0) == 30).all()
