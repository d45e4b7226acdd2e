"""Input pipelines of tf.data in the other frameworks: the same elements in the same order."""

from __future__ import annotations

import functools
import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import tf_data_source as source  # noqa: E402
from .test_keras_fit import assert_same  # noqa: E402


@functools.cache
def converted(target: str) -> types.ModuleType:
    """The pipelines in a target, nothing of them refused."""
    pytest.importorskip(target)
    result = convert_text(Path(source.__file__).read_text(encoding="utf-8"), "tensorflow", target, "pipelines")
    assert not result.error and not result.diagnostics, result.error or result.diagnostics
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(result.helpers, load()[target]), helpers.__dict__)  # noqa: S102
    sys.modules[helpers.__name__] = helpers
    module = types.ModuleType("converted_pipelines")
    try:
        exec(result.code, module.__dict__)  # noqa: S102
    finally:
        del sys.modules[helpers.__name__]
    return module


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
@pytest.mark.parametrize("name", source.CASES)
def test_elements_are_the_same(name, target):
    x, y = np.arange(40, dtype=np.uint8).reshape(10, 2, 2), np.arange(10) % 3
    assert_same(getattr(converted(target), name)(x, y), getattr(source, name)(x, y))


def test_shuffling_is_seeded():
    ds = converted("torch").Dataset.range(50).shuffle(20, seed=1)
    first, second = ([int(v) for v in ds] for _ in range(2))
    assert first == second != list(range(50)) and sorted(first) == list(range(50))
