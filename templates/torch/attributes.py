"""Attributes that arrays of other libraries have and PyTorch's have under another name."""

import torch
from torch import nn


def size_of(x):
    """The number of elements of a tensor; the attribute ``size`` of anything else."""
    return x.numel() if isinstance(x, torch.Tensor) else x.size


def optional_buffer(value, persistent=True):
    """A buffer of the value, or None when there is none."""
    return None if value is None else nn.Buffer(value, persistent=persistent)
