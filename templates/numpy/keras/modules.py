"""Modules that hold variables, and variables that stand alone, as in TensorFlow without Keras; nothing is trained."""

import contextlib

import numpy as np

from .base import dtype_named
from .layer_names import snake_case


def variable(value, trainable=True, dtype=None):
    """A new array that is assigned."""
    value = value() if callable(value) else value
    made = np.array(value)
    if dtype is None and not isinstance(value, (np.ndarray, np.generic)):  # TensorFlow's dtypes of numbers
        dtype = {"float64": "float32", "int64": "int32"}.get(str(made.dtype), made.dtype)
    return made if dtype is None else made.astype(dtype_named(dtype))


class NamedModule:
    """Base class of modules that hold arrays."""

    def __init__(self, name=None):
        self.name = name or snake_case(type(self).__name__)

    # only if used
    @property
    def name_scope(self):
        """A context without effect."""
        return contextlib.nullcontext()
