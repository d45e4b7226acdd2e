"""Functions that are handed on as values and called later, with arguments that nobody knows when they are converted."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .converted_text import converted  # noqa: E402

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


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_extremes_as_values_give_what_they_are_asked_for(target):
    framework = pytest.importorskip({"jax": "jax.numpy", "tensorflow": "tensorflow", "numpy": "numpy"}[target])
    x, other = (np.random.default_rng(seed).standard_normal((3, 4)).astype(np.float32) for seed in (0, 1))
    space: dict = {}
    exec(SOURCE, space)  # noqa: S102
    array = framework.constant if target == "tensorflow" else framework.asarray
    found = converted(SOURCE, "torch", target).computed(array(x), array(other))
    for ours, theirs in zip(found, space["computed"](torch.tensor(x), torch.tensor(other)), strict=True):
        np.testing.assert_array_equal(np.asarray(ours), theirs.numpy())
