"""Arrays of another framework at the border of converted code: what is one, and how it becomes the target's."""

from __future__ import annotations

import copy
import dataclasses
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

from ..backend import chosen_backend
from .frameworks import framework_of

_ARRAYS = {
    "torch": ("torch", ("Tensor",)),
    "tensorflow": ("tensorflow", ("Tensor", "Variable")),
    "jax": ("jax", ("Array",)),
    "numpy": ("numpy", ("ndarray",)),
}
_PLAIN: frozenset[type] = frozenset((int, float, bool, str, bytes, complex, type(None), slice, range, type(...)))


def framework_of_array(value: Any) -> str:
    """The framework that an array belongs to, '' when the value is no array."""
    return next((name for name in _ARRAYS if isinstance(value, _array_types(name))), "")


def _array_types(framework: str) -> tuple[type, ...]:
    """The array types of a framework; none when its package was never imported, for then no array is its."""
    package, names = _ARRAYS[framework]
    module = sys.modules.get(package)
    found = tuple(getattr(module, name, None) for name in names) if module is not None else ()
    return tuple(kind for kind in found if isinstance(kind, type))


@cache
def native_types(target: str) -> set[type]:
    """Types of arguments that are handed on without a look: plain values, and the target's arrays as they turn up."""
    return set(_PLAIN)


def to_native(value: Any, target: str, other: Callable[[Any], Any] | None = None) -> Any:
    """The value with every foreign array in it converted; containers that hold none are returned as they are.

    What is foreign to ``ivy`` is decided by the backend that is set: without one, no array is.
    ``other`` converts what is neither an array, a plain value nor a container.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return _rebuilt(value, {k: to_native(v, target, other) for k, v in value.items()})
    if kind in (list, tuple, set, frozenset):
        return _rebuilt(value, kind(to_native(v, target, other) for v in value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _rebuilt(value, kind(*(to_native(v, target, other) for v in value)))
    if kind in (OrderedDict, defaultdict):
        return _with_items(value, target, other)
    framework = framework_of_array(value)
    if framework and target == "ivy":
        target = chosen_backend() or framework
        return value if framework == target else convert_array(value, target)
    if framework == target:
        native_types(target).add(kind)
        return value
    if framework:
        return convert_array(value, target)
    if dataclasses.is_dataclass(kind) and not any(framework_of(base.__module__) for base in kind.__mro__):
        return _with_fields(value, target)
    return other(value) if other is not None else value


def _with_items(value: Any, target: str, other: Callable[[Any], Any] | None) -> Any:
    """A dictionary of `collections` with its values converted."""
    items = {k: to_native(v, target, other) for k, v in value.items()}
    new = copy.copy(value)
    new.update(items)
    return _rebuilt(value, new)


def _with_fields(value: Any, target: str) -> Any:
    """A dataclass with the arrays in its fields converted."""
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if hasattr(value, f.name)}
    changed = {k: n for k, v in fields.items() if (n := to_native(v, target)) is not v}
    new = copy.copy(value) if changed else value
    for name, item in changed.items():
        object.__setattr__(new, name, item)
    return new


def _rebuilt(old: Any, new: Any) -> Any:
    """The old container when nothing in it changed, so that its identity stays."""
    pairs = zip(old.values(), new.values()) if isinstance(old, dict) else zip(old, new)
    return old if len(old) == len(new) and all(a is b for a, b in pairs) else new


def is_keras(obj: Any) -> bool:
    """Whether an object is a Keras model or layer."""
    return hasattr(obj, "add_weight") and any(c.__module__.startswith("keras.") for c in type(obj).__mro__)


def convert_array(value: Any, target: str) -> Any:
    """A copy of an array in the target framework, with its dtype; JAX narrows 64 bits unless x64 is enabled."""
    if hasattr(value, "detach"):
        value = value.detach()
    try:
        array = _host(value)
    except (TypeError, RuntimeError, ValueError):
        return _through_dlpack(value, target)
    return _from_numpy(target)(array)


def _host(value: Any) -> Any:
    """A NumPy array; fails for arrays on other devices and dtypes that NumPy has not."""
    import numpy as np

    if hasattr(value, "numpy"):
        return value.numpy()
    if getattr(value, "platform", None) is not None or hasattr(value, "devices"):
        if any(device.platform != "cpu" for device in value.devices()):
            raise TypeError("not on the host")
    return np.asarray(key_numbers(value))


def key_numbers(value: Any) -> Any:
    """The array of numbers of a random key of JAX; other arrays as they are."""
    if not str(getattr(value, "dtype", "")).startswith("key<"):
        return value
    import jax

    return jax.random.key_data(value)


def _from_numpy(target: str) -> Callable[[Any], Any]:
    if target == "torch":
        return _torch_from_numpy
    if target == "jax":
        import jax.numpy as jnp

        return jnp.array
    if target == "tensorflow":
        import tensorflow as tf

        return tf.constant
    import numpy as np

    return np.array


def _torch_from_numpy(array: Any) -> Any:
    import torch

    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view("int16").copy()).view(torch.bfloat16)
    return torch.from_numpy(array.copy() if array.shape else array.reshape(1).copy()).reshape(array.shape)


def _through_dlpack(value: Any, target: str) -> Any:
    if target == "torch":
        import torch

        return torch.from_dlpack(value).clone()
    if target == "jax":
        import jax.numpy as jnp

        return jnp.array(jnp.from_dlpack(value), copy=True)
    if target == "tensorflow":
        import tensorflow as tf

        return tf.identity(tf.experimental.dlpack.from_dlpack(value.__dlpack__()))
    import numpy as np

    if str(getattr(value, "dtype", "")).endswith("bfloat16") and hasattr(value, "float"):
        return value.float().cpu().numpy()  # NumPy has no bfloat16: float32 holds every value
    return np.array(value.cpu() if hasattr(value, "cpu") else value)
