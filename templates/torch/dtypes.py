"""Dtypes of operations."""

import functools

import numpy as np
import torch

NUMBERS = {bool: torch.bool, int: torch.int32, float: torch.float32, complex: torch.complex64}


def category(dtype):
    """0 for booleans, 1 for integers, 2 for floats, 3 for complex numbers."""
    return 3 if dtype.is_complex else 2 if dtype.is_floating_point else int(dtype != torch.bool)


def operation_dtype(*values):
    """Dtype of an operation on tensors, dtypes and Python numbers; of numbers only the category counts."""
    kinds = [value if isinstance(value, type) else type(value) for value in values]
    weak = [NUMBERS[kind] for kind in kinds if kind in NUMBERS]
    strong = [
        getattr(value, "dtype", value) for value, kind in zip(values, kinds) if kind not in NUMBERS
    ]
    found = functools.reduce(torch.promote_types, strong or weak)
    for dtype in weak:
        if category(dtype) > category(found):
            found = torch.promote_types(found, dtype) if dtype.is_complex else dtype
    return found


def as_host_dtype(x):
    """NumPy's dtype for a tensor's dtype, or for what states one."""
    return np.dtype(str(x).removeprefix("torch.") if isinstance(x, torch.dtype) else x)


def as_dtype(x, /):
    """The dtype that a name, a Python type or a dtype states; float and int have 64 bits."""
    if isinstance(x, str) and x[-1:].isdigit():
        return getattr(torch, x)
    return x if isinstance(x, torch.dtype) else getattr(torch, np.dtype(x).name)


def widest_dtype(*values):
    """Dtype that NumPy gives an operation on tensors, dtypes and Python numbers."""
    known = [value.dtype if isinstance(value, torch.Tensor) else value for value in values]
    known = [as_host_dtype(value) if isinstance(value, torch.dtype) else value for value in known]
    return getattr(torch, np.result_type(*known).name)


def numpy_dtype(x):
    """NumPy's scalar class of a dtype."""
    return torch.empty((), dtype=x).numpy().dtype.type


def is_integer_dtype(x):
    """Whether a dtype is one of integers; that of booleans is none."""
    return not (x.is_floating_point or x.is_complex or x == torch.bool)
