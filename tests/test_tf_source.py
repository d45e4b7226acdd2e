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
from ivy.s2s.pipeline import convert_text  # noqa: E402
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
    return [np.asarray(sampling.to_numpy(part)) for part in (value if isinstance(value, (list, tuple)) else [value])]


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
    exec(compile(helper_module(converted.helpers, load()[request.param]), "helpers", "exec"), helpers.__dict__)
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
