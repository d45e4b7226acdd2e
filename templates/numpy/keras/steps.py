"""What evaluation and prediction in Keras' way ask of NumPy."""

import contextlib

import numpy as np

from ..random import default_generator, manual_seed
from .structures import each_array


def batch_tensors(value):
    """A structure of arrays with floats of 32 bits; None and what is no array stay."""

    def array(item):
        if not hasattr(item, "shape"):
            return item
        item = np.asarray(item)
        return item.astype(np.float32) if item.dtype == np.float64 else item

    return each_array(array, value)


def as_elements(array, dtype=None):
    """An array of NumPy, in its dtype unless another one is given."""
    return np.asarray(array, dtype)


def as_arrays(value):
    """A structure of arrays as it is."""
    return value


def new_order(count):
    """The indices from 0 in a random order."""
    return default_generator().permutation(count)


def without_gradients():
    """Where nothing is kept for gradients, as always in NumPy."""
    return contextlib.nullcontext()


def new_variable(value, dtype):
    """What metrics change in place."""
    return np.array(value, dtype)


def seed_framework(seed):
    """Seed the process-wide generator."""
    manual_seed(seed)


def absolute(x):
    """Absolute values."""
    return np.abs(x)


def take_step(model, x, y, weights):
    """Raises an error: nothing is trained in NumPy."""
    raise NotImplementedError("NumPy does not train: convert to PyTorch or JAX")
