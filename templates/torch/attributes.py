"""Attributes that arrays of other libraries have and PyTorch's have under another name."""

import torch


def size_of(x):
    """The number of elements of a tensor; the attribute ``size`` of anything else."""
    return x.numel() if isinstance(x, torch.Tensor) else x.size
