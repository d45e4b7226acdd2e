"""Copies of arrays between PyTorch and NumPy."""

import numpy as np
import torch


def from_host(value):
    """An array or number of NumPy as a tensor."""
    return torch.as_tensor(np.array(value))


def host_value(value):
    """A tensor as an array of NumPy, a dtype as NumPy's; other values as they are."""
    if isinstance(value, torch.dtype):
        return torch.empty((), dtype=value).numpy().dtype
    return value.numpy() if isinstance(value, torch.Tensor) else value
