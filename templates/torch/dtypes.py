"""Dtypes of operations."""

import functools

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
