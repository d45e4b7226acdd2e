"""Writing into variables, and checks."""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf


def assign(x, value, /):
    """Write value into x, broadcast to its shape and cast to its dtype, and return x.

    A tensor cannot be written: the new tensor is returned instead.
    """
    if isinstance(x, np.ndarray):
        x[...] = value
        return x
    value = tf.broadcast_to(tf.cast(value, x.dtype), tf.shape(x))
    if isinstance(x, (tf.Variable, keras.Variable)):
        x.assign(value)
        return x
    return value


def data_of(value):
    """The values of an array, without gradients, or what another object has as its data."""
    return tf.stop_gradient(value) if tf.is_tensor(value) else value.data


def sync_assert(condition, message, /):
    """Raise AssertionError with the message unless the condition holds."""
    assert condition, message


def annotate(type, value, /):
    """The value; the type is a remark for readers."""
    return value


def item(x, /):
    """The only element of an array of any kind, as a Python number."""
    return np.asarray(x).item()


def transposed(x, /):
    """An array of any kind with its axes in reverse order."""
    return x.T if hasattr(x, "T") else tf.transpose(x)


def requires_grad(x, /):
    """Whether x takes part in gradients: tensors and trainable variables do."""
    return getattr(x, "trainable", True)


def set_requires_grad(x, requires_grad=True, /):
    """Set whether a variable is trained, and return it; tensors carry no such flag."""
    if isinstance(x, keras.Variable):
        x.trainable = requires_grad
    return x


def device_type(x, /):
    """The sort of device ("cpu", "cuda", "tpu") of a tensor or a device; of a symbolic tensor, of the default one."""
    name = x if isinstance(x, str) else x.device
    sort = (
        tf.DeviceSpec.from_string(name).device_type if name.startswith("/") else name.split(":")[0]
    )
    sort = sort or ("GPU" if tf.config.list_logical_devices("GPU") else "CPU")
    return {"gpu": "cuda"}.get(sort.lower(), sort.lower())


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
    """An array of NumPy as a tensor; 64-bit floats become 32-bit ones, as in JAX."""
    narrower = {tf.float64: tf.float32, tf.complex128: tf.complex64}
    x = tf.convert_to_tensor(x)
    return tf.cast(x, narrower.get(x.dtype, x.dtype))


def elements(values):
    """What a tensor or a collection that may hold such has, as numbers of Python, which are keys by their value."""
    if isinstance(values, tf.Tensor):
        return values.numpy().tolist()
    return [element(value) for value in values]


def element(value):
    """A tensor of one element, alone or in a tuple, as a number of Python; other values as they are."""
    if isinstance(value, tuple):
        return tuple(map(element, value))
    return value.numpy().item() if isinstance(value, tf.Tensor) else value
