"""Writing into arrays, and checks."""

from typing import Any, NamedTuple

import numpy as np


def assign(x, value, /):
    """Write value into x, broadcast to its shape and cast to its dtype, and return x."""
    if not isinstance(x, np.ndarray):
        return np.asarray(value).astype(x.dtype)
    x[...] = value
    return x


def setitem(x, key, value, /):
    """x[key] = value in place; returns x."""
    x[key] = value
    return x


def data_of(value):
    """The values of an array, without gradients, or what another object has as its data."""
    return value if isinstance(value, np.ndarray) else value.data


def sync_assert(condition, message, /):
    """Raise AssertionError with the message unless the condition holds."""
    assert condition, message


def annotate(type, value, /):
    """The value; the type is a remark for readers."""
    return value


def requires_grad(x, /):
    """Whether x may be learned: arrays of floats may, which keep no flag of their own."""
    return np.issubdtype(x.dtype, np.inexact)


def set_requires_grad(x, requires_grad=True, /):
    """x itself: NumPy computes no gradients."""
    return x


def device_type(x, /):
    """The sort of device of an array or a device: NumPy's are on the "cpu"."""
    return x.split(":")[0] if isinstance(x, str) else "cpu"


class UnpackedDual(NamedTuple):
    """An array and its forward-mode tangent."""

    primal: Any
    tangent: Any = None


def unpack_dual(x, /):
    """x with no tangent: arrays do not carry one."""
    return UnpackedDual(x)


def load_library(path, /):
    """Raise OSError, as where compiled operators of PyTorch cannot be loaded."""
    raise OSError(f"{path}: compiled operators of PyTorch cannot be loaded here")


def from_numpy(x):
    """The array with 32-bit floats where it has 64-bit ones, as in JAX."""
    narrower = {np.dtype(np.float64): np.float32, np.dtype(np.complex128): np.complex64}
    return x.astype(narrower.get(x.dtype, x.dtype), copy=False)
