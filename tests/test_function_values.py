"""Functions that are handed on as values and called later, with arguments that nobody knows when they are converted."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

SOURCE = """
from functools import partial

import torch

CHOSEN = {"max": torch.max, "min": torch.min}
rows = partial(torch.max, dim=1)
kept = partial(torch.min, dim=0, keepdim=True)


def reduced(x, other, op=torch.max):
    return [op(x), *op(x, 1), op(x, dim=0).indices, op(x, other)]


def computed(x, other):
    return [*reduced(x, other), *reduced(x, other, CHOSEN["min"]), *rows(x), *kept(x)]
"""


def converted(target: str) -> types.ModuleType:
    """The functions in a target."""
    result = convert_text(SOURCE, "torch", target, "values")
    assert not result.error and not result.diagnostics, result.error or result.diagnostics
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(result.helpers, load()[target]), helpers.__dict__)  # noqa: S102
    sys.modules[helpers.__name__] = helpers
    module = types.ModuleType("converted_values")
    try:
        exec(result.code, module.__dict__)  # noqa: S102
    finally:
        del sys.modules[helpers.__name__]
    return module


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_extremes_as_values_give_what_they_are_asked_for(target):
    framework = pytest.importorskip({"jax": "jax.numpy", "tensorflow": "tensorflow", "numpy": "numpy"}[target])
    x, other = (np.random.default_rng(seed).standard_normal((3, 4)).astype(np.float32) for seed in (0, 1))
    space: dict = {}
    exec(SOURCE, space)  # noqa: S102
    array = framework.constant if target == "tensorflow" else framework.asarray
    found = converted(target).computed(array(x), array(other))
    for ours, theirs in zip(found, space["computed"](torch.tensor(x), torch.tensor(other)), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), theirs.numpy())
