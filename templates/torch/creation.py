"""Tensors from Python values."""

import functools

import numpy as np
import torch


def leaves(value):
    """The numbers and tensors in nested lists or tuples."""
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def common_dtype(values):
    """The dtype of tensors and numbers together; numbers take part as they do in arithmetic."""
    values = [torch.as_tensor(value) if isinstance(value, np.ndarray) else value for value in values]
    tensors = [value.dtype for value in values if isinstance(value, torch.Tensor)]
    dtype = functools.reduce(torch.promote_types, tensors)
    for value in values:
        dtype = torch.result_type(torch.empty(1, dtype=dtype), value)
    return dtype


def stacked(value, dtype=None):
    """Nested lists that hold tensors as one tensor; gradients flow through it."""
    dtype = common_dtype(leaves(value)) if dtype is None else dtype
    if isinstance(value, (list, tuple)):
        return torch.stack([stacked(item, dtype) for item in value])
    return torch.as_tensor(value, dtype=dtype)


def holds_tensors(value):
    """Whether a list or tuple, however nested, has a tensor or an array of NumPy in it."""
    return isinstance(value, (list, tuple)) and any(
        isinstance(leaf, (torch.Tensor, np.ndarray)) for leaf in leaves(value)
    )


def array(obj, /, *, dtype=None):
    """A tensor of a copy of the data, which may hold tensors; Python floats become float64."""
    if isinstance(obj, torch.Tensor):
        return obj.clone() if dtype is None else obj.to(dtype, copy=True)
    return (
        stacked(obj, dtype) if holds_tensors(obj) else torch.as_tensor(np.array(obj), dtype=dtype)
    )


def asarray(obj, /, *, dtype=None):
    """The data as a tensor, not copied where possible; Python floats become float64."""
    if isinstance(obj, torch.Tensor):
        return obj if dtype is None else obj.to(dtype)
    return (
        stacked(obj, dtype) if holds_tensors(obj) else torch.as_tensor(np.asarray(obj), dtype=dtype)
    )


def tensor(obj, /, *, dtype=None):
    """A tensor of a copy of the data, which may hold tensors; Python floats become float32."""
    if isinstance(obj, torch.Tensor):
        return obj.clone() if dtype is None else obj.to(dtype, copy=True)
    return stacked(obj, dtype) if holds_tensors(obj) else torch.tensor(obj, dtype=dtype)


def as_tensor(obj, /, *, dtype=None):
    """The data as a tensor, not copied where possible; Python floats become float32."""
    return stacked(obj, dtype) if holds_tensors(obj) else torch.as_tensor(obj, dtype=dtype)
