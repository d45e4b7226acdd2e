"""Dtypes of operations."""

import functools

import numpy as np

from .math import promote_types

NUMBERS = {bool: np.bool_, int: np.int32, float: np.float32, complex: np.complex64}


def operation_dtype(*values):
    """Dtype of an operation on arrays, dtypes and Python numbers; of numbers only the category counts."""
    kinds = [value if isinstance(value, type) else type(value) for value in values]
    weak = [np.dtype(NUMBERS[kind]) for kind in kinds if kind in NUMBERS]
    strong = [
        np.dtype(value if isinstance(value, type) else getattr(value, "dtype", value))
        for value, kind in zip(values, kinds)
        if kind not in NUMBERS
    ]
    found = functools.reduce(promote_types, strong or weak)
    for dtype in weak:
        if dtype.kind == "c" and found.kind == "f":
            found = np.result_type(found, dtype)
        elif "biufc".index(dtype.kind) > "biufc".index(found.kind) and found.kind != "u":
            found = dtype
    return found


def is_array_of(x, *dtypes):
    """Whether a value is an array of one of these dtypes."""
    return isinstance(x, np.ndarray) and x.dtype in [np.dtype(dtype) for dtype in dtypes]
