"""Functions of a project that fill a part of a parameter, called as PyTorch's own initialisers are."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .converted_text import converted  # noqa: E402

TEXT = '''"""Own initialisers that leave alone what a checkpoint has set."""
import torch
from torch import nn

KNOWN = {"zeros_": nn.init.zeros_, "constant_": nn.init.constant_, "normal_": nn.init.normal_}


def zeros_(tensor: torch.Tensor) -> torch.Tensor:
    if not getattr(tensor, "_is_loaded", False):
        return KNOWN["zeros_"](tensor)
    return tensor


def constant_(tensor: torch.Tensor, value: float) -> torch.Tensor:
    return KNOWN["constant_"](tensor, value)


def normal_(tensor: torch.Tensor, std: float) -> torch.Tensor:
    return KNOWN["normal_"](tensor, std=std)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(5, 3)
        self.gates = nn.Linear(3, 6)
        constant_(self.table.weight, 1.0)
        constant_(self.gates.weight, 1.0)
        constant_(self.gates.bias, 1.0)
        self.prepare(self.table, 2)
        normal_(self.gates.weight[4:], 0.5)

    def prepare(self, table, row):
        zeros_(table.weight[row])
        constant_(table.weight[3, 1:], 4.0)
        constant_(self.gates.bias[2:4], -1.0)

    def forward(self, index):
        return self.gates(self.table(index))
'''


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_parts_are_filled_where_they_are(target):
    pytest.importorskip(target)
    model = converted(TEXT, "torch", target).Net()
    table = np.ones((5, 3), np.float32)
    table[2], table[3, 1:] = 0, 4
    np.testing.assert_array_equal(np.asarray(model.table.weight), table)
    np.testing.assert_array_equal(np.asarray(model.gates.bias), [1, 1, -1, -1, 1, 1])
    weight = np.asarray(model.gates.weight)
    weight = weight if weight.shape == (6, 3) else weight.T
    np.testing.assert_array_equal(weight[:4], np.ones((4, 3)))
    assert np.unique(weight[4:]).size == 6 and np.abs(weight[4:]).max() < 3
