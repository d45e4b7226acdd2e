"""jax.scipy, shapes without arrays, modules as values and keys: the source's numbers and dtypes in every target."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from ivy.s2s.api import source_to_source  # noqa: E402

from . import jax_scipy_source as source  # noqa: E402
from . import sampling  # noqa: E402
from .converted_text import converted  # noqa: E402

X = np.array([0.3, -0.7, 1.2, 2.0], np.float32)
Y = np.array([0.5, 0.1, -1.5, 0.4], np.float32)


@pytest.mark.parametrize("target", ["torch", "tensorflow", "numpy"])
@pytest.mark.parametrize("name", ["regression", "densities", "grids", "described", "keys", "beside_numpy"])
def test_values_and_dtypes_are_those_of_the_source(name, target):
    pytest.importorskip(target)
    expected = getattr(source, name)(jax.numpy.asarray(X), jax.numpy.asarray(Y))
    module = converted(Path(source.__file__).read_text(encoding="utf-8"), "jax", target)
    found = getattr(module, name)(*(sampling.to_framework(value.copy(), target) for value in (X, Y)))
    for ours, theirs in zip(found, expected, strict=True):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(ours, theirs, rtol=3e-5, atol=1e-5)


EITHER = """
import jax.numpy as jnp
import numpy as np


def checked(x):
    xp = np if isinstance(x, np.ndarray) else jnp
    return [xp.sum(x, axis=-1), xp.all(x < 9, axis=0), xp.linalg.eigvalsh(x @ x.T)]
"""


@pytest.mark.parametrize("target", ["torch", "tensorflow", "numpy"])
def test_one_module_or_another_as_a_value(target, tmp_path, monkeypatch):
    pytest.importorskip(target)
    (tmp_path / "either_way.py").write_text(EITHER)
    report = source_to_source(tmp_path / "either_way.py", to=target, out=tmp_path / "out")
    assert report.exit_code == 0
    monkeypatch.syspath_prepend(tmp_path / "out")
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    space: dict = {}
    exec(EITHER, space)  # noqa: S102
    try:
        checked = importlib.import_module("either_way").checked
        for given in (x, sampling.to_framework(x.copy(), target)):
            for ours, theirs in zip(checked(given), space["checked"](jax.numpy.asarray(x)), strict=True):
                np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-5)
    finally:
        for name in ("either_way", "jax_numpy", f"{target}_helpers"):
            sys.modules.pop(name, None)
