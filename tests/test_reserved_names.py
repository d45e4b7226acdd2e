"""Attributes that Keras keeps for itself, asked for by text; powers and dtypes of arrays of unlike dtypes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .converted_text import converted  # noqa: E402

TEXT = '''"""A table that is made anew when it is too short."""
import torch
from torch import nn


class Table(nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.renewed = 0
        self.make(length, width)

    def make(self, length, width):
        table = torch.arange(length * width, dtype=torch.float32).reshape(length, width)
        if hasattr(self, "weights"):
            table = table.to(self.weights.dtype)
            self.renewed += 1
        self.weights = nn.Buffer(table, persistent=False)

    def forward(self, index):
        if int(index.max()) >= self.weights.size(0):
            self.make(int(index.max()) + 1, self.weights.size(1))
        return getattr(self, "weights")[index]


def powers(count):
    base = torch.tensor(0.5, dtype=torch.float32)
    exponents = torch.arange(1, 1 + count, dtype=torch.int32)
    return torch.pow(base, exponents), torch.maximum(exponents, torch.tensor([1.5, 1.5]))


def are_floats(x: torch.Tensor):
    return x.is_floating_point()
'''


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_reserved_names_are_asked_for_as_they_are_now(target):
    pytest.importorskip(target)
    module = converted(TEXT, "torch", target)
    table = module.Table(2, 2)
    assert table.renewed == 0
    found = table(np.array([3, 0]))
    np.testing.assert_array_equal(np.asarray(found), [[6, 7], [0, 1]])
    assert table.renewed == 1


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_powers_of_unlike_dtypes_and_floats(target):
    pytest.importorskip(target)
    module = converted(TEXT, "torch", target)
    power, largest = module.powers(2)
    np.testing.assert_array_equal(np.asarray(power), [0.5, 0.25])
    np.testing.assert_array_equal(np.asarray(largest), [1.5, 2.0])
    assert module.are_floats(power) and not module.are_floats(np.asarray([1]) if target == "numpy" else largest > 1)
