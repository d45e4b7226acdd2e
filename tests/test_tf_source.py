"""TensorFlow and Keras functions give the same numbers in PyTorch, JAX and NumPy."""

from __future__ import annotations

import os
import pathlib
import re
import sys
import types
import zlib

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text, run  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import sampling  # noqa: E402

SOURCE = (pathlib.Path(__file__).parent / "tf_cases.py").read_text(encoding="utf-8")
TARGETS = ("torch", "jax", "numpy")


def draws(call: str, framework: str):
    """``f``, ``u``, ``b`` and ``n``: normal, uniform, boolean and small integer arrays, the same for every framework."""
    rng = np.random.default_rng(zlib.crc32(re.sub(r"\s", "", call).encode()))

    def made(array):
        return sampling.to_framework(np.asarray(array), framework)

    return {
        "f": lambda *shape: made(rng.standard_normal(shape).astype(np.float32)),
        "u": lambda *shape: made(rng.uniform(0.01, 0.99, shape).astype(np.float32)),
        "b": lambda *shape: made(rng.random(shape) < 0.5),
        "n": lambda *shape: made(rng.integers(0, 4, shape)),
    }


def results(call: str, framework: str, namespace: dict) -> list[np.ndarray]:
    """What a call gives, as NumPy arrays."""
    value = eval(call, {**namespace, **draws(call, framework)})
    return [
        np.asarray(sampling.to_numpy(part))
        for part in (value if isinstance(value, (list, tuple)) else [value])
    ]


@pytest.fixture(scope="module")
def source():
    """The names of the cases in TensorFlow."""
    pytest.importorskip("tensorflow")
    namespace: dict = {"__name__": "tf_cases"}
    exec(compile(SOURCE, "tf_cases.py", "exec"), namespace)
    return namespace


@pytest.fixture(scope="module", params=TARGETS)
def target(request):
    """A target and the names of the converted cases."""
    pytest.importorskip(request.param)
    converted = convert_text(SOURCE, "tensorflow", request.param, "tf_cases")
    assert not converted.error
    assert [d.message for d in converted.diagnostics if d.grade == "refused"] == []
    helpers = types.ModuleType(f"{request.param}_helpers")
    exec(
        compile(helper_module(converted.helpers, load()[request.param]), "helpers", "exec"),
        helpers.__dict__,
    )
    sys.modules[helpers.__name__] = helpers
    namespace: dict = {"__name__": "converted"}
    exec(compile(converted.code, "converted", "exec"), namespace)
    yield request.param, namespace
    del sys.modules[helpers.__name__]


CALLS = re.findall(r'^    "(.*)",$', SOURCE, re.M)


@pytest.mark.parametrize("call", CALLS)
def test_functions_agree(call, source, target):
    framework, namespace = target
    expected = results(call, "tensorflow", source)
    found = results(call, framework, namespace)
    assert [part.shape for part in found] == [part.shape for part in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


def test_converted_code_names_no_tensorflow():
    for framework in TARGETS:
        code = convert_text(SOURCE, "tensorflow", framework, "tf_cases").code
        assert not re.search(r"\b(tf|keras|tensorflow|K)\.", code)


GRADIENTS = """
import tensorflow as tf


def penalty(x, y):
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = tf.tanh(x) * y
    gradients = tape.gradient(scores, x)
    return tf.reduce_mean((tf.norm(gradients, axis=1) - 1.0) ** 2)


def two(a, b):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([a, b])
        c = tf.sin(a) * b
        d = tf.reduce_sum(c**2)
    da, db = tape.gradient(d, [a, b])
    return da, db, tape.gradient(c, b)
"""


@pytest.mark.parametrize("call", ["penalty(f(3, 4), f(3, 4))", "two(f(3), f(3))"])
@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_gradients_of_a_tape_agree(framework, call):
    names: dict = {}
    exec(GRADIENTS, names)
    converted = convert_text(GRADIENTS, "tensorflow", framework)
    assert [d.grade for d in converted.diagnostics] == []
    space: dict = {}
    exec(converted.code, space)
    for a, b in zip(
        results(call, framework, space), results(call, "tensorflow", names), strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


def test_numpy_computes_no_gradients():
    converted = convert_text(GRADIENTS, "tensorflow", "numpy")
    assert {d.message for d in converted.diagnostics if d.grade == "refused"} == {
        "numpy computes no gradients"
    }


MODULE_VALUES = """
from tensorflow import keras


class Loss:
    backend = keras.backend

    def __call__(self, y_true, y_pred):
        return score(y_true, y_pred, backend=self.backend)


def score(y_true, y_pred, backend):
    total = backend.sum(y_true * y_pred, axis=[0])
    total /= backend.maximum(backend.sum(y_true, axis=[0]), backend.epsilon())
    return backend.mean(total)
"""


@pytest.mark.parametrize("framework", TARGETS)
def test_framework_modules_as_values(framework, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "losses.py").write_text(MODULE_VALUES)
    outputs = run(folder, framework, cache=False).outputs
    assert "keras_backend.py" in outputs
    # In the order in which they import each other.
    order = sorted((name[:-3] for name in outputs), key=lambda name: ("helpers" not in name, name))
    known = {name: types.ModuleType(name) for name in order}
    sys.modules.update(known)
    try:
        for name, module in known.items():
            exec(outputs[f"{name}.py"], module.__dict__)
        found = results("Loss()(u(3, 4), u(3, 4))", framework, known["losses"].__dict__)
    finally:
        for name in known:
            del sys.modules[name]
    original: dict = {"__name__": "losses"}
    exec(MODULE_VALUES, original)
    np.testing.assert_allclose(
        found, results("Loss()(u(3, 4), u(3, 4))", "tensorflow", original), rtol=1e-6
    )
