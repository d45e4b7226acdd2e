"""Functions and classes of Keras 3 give the same numbers in PyTorch, JAX and NumPy."""

from __future__ import annotations

import pathlib
import re
import sys
import types

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

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
    assert [d.message for d in converted.diagnostics if d.grade == "refused"] == []
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
