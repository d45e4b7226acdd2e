"""Picking elements of tensors."""

import torch


def take(x, indices, /, *, axis=None):
    """The elements of x at the indices, along an axis or of the flattened tensor; negative ones count from the end."""
    indices = torch.as_tensor(indices, dtype=torch.int64, device=x.device)
    if axis is None:
        return x.flatten()[indices]
    return x[(slice(None),) * (axis % x.ndim) + (indices,)]
