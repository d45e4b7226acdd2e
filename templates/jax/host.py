"""Writing into variables, and checks."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx


def assign(x, value, /):
    """Write value into x, broadcast to its shape and cast to its dtype, and return x.

    A JAX array cannot be written: the new array is returned instead.
    """
    value = jnp.broadcast_to(jnp.asarray(value), x.shape).astype(x.dtype)
    if isinstance(x, (nnx.Variable, np.ndarray)):
        x[...] = leaf_value(value, x[...]) if isinstance(x, nnx.Param) else value
        return x
    return value


def leaf_value(value, parameter):
    """The value with the gradient of the parameter, which stays a leaf when it is given another value."""
    leaf = jax.custom_jvp(lambda value, parameter: value)
    leaf.defjvp(lambda primals, tangents: (primals[0], tangents[1]))
    return leaf(value, parameter)


def getitem(x, key, /):
    """x[key], where parts of the key may be lists."""
    parts = key if isinstance(key, tuple) else (key,)
    return x[tuple(jnp.asarray(part) if isinstance(part, list) else part for part in parts)]


def to_numpy(x, /):
    """The array as a `numpy.ndarray`."""
    return np.asarray(x)


def data_of(value):
    """The values of an array, without gradients, or what another object has as its data."""
    return jax.lax.stop_gradient(value) if isinstance(value, jax.Array) else value.data


def sync_assert(condition, message, /):
    """Raise AssertionError with the message unless the condition holds."""
    assert condition, message


def annotate(type, value, /):
    """The value; the type is a remark for readers."""
    return value


def requires_grad(x, /):
    """Whether x takes part in gradients: plain arrays and nnx.Param do unless frozen, other variables do not."""
    if isinstance(x, nnx.Variable):
        return isinstance(x, nnx.Param) and x.get_metadata().get("requires_grad", True)
    return True


def set_requires_grad(x, requires_grad=True, /):
    """Note whether a variable is trained, and return it; arrays carry no such flag."""
    if isinstance(x, nnx.Variable):
        x.set_metadata(requires_grad=requires_grad)
    return x


def device_type(x, /):
    """The sort of device ("cpu", "cuda", "tpu") of an array or a device; inside a transformation, the default's."""
    device = getattr(x, "device", None) if isinstance(x, jax.Array) else x
    if isinstance(device, str):
        return device.split(":")[0]
    platform = device.platform if isinstance(device, jax.Device) else jax.default_backend()
    return "cuda" if platform == "gpu" else platform


class UnpackedDual(NamedTuple):
    """An array and its forward-mode tangent."""

    primal: Any
    tangent: Any = None


def unpack_dual(x, /):
    """x with no tangent: arrays do not carry one."""
    return UnpackedDual(x)


def device_of(x, /):
    """The device of an array; None inside a transformation, where arrays have none."""
    return getattr(x, "device", None)


def load_library(path, /):
    """Raise OSError, as where compiled operators of PyTorch cannot be loaded."""
    raise OSError(f"{path}: compiled operators of PyTorch cannot be loaded here")


def elements(values):
    """What a JAX array or a collection that may hold such has, as numbers of Python, which are keys by their value."""
    if isinstance(values, jax.Array):
        return values.tolist()
    return [element(value) for value in values]


def element(value):
    """A JAX array of one element, alone or in a tuple, as a number of Python; other values as they are."""
    if isinstance(value, tuple):
        return tuple(map(element, value))
    return value.item() if isinstance(value, jax.Array) else value
