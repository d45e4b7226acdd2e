"""Whether a live Keras model is what its class makes of its arguments: then its text tells all of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from .frameworks import framework_of

_PLAIN = (bool, int, float, str, type(None))


def rebuilt_alike(obj: Any) -> dict[str, Any] | None:
    """The arguments with which the class of a model makes another one like it; None where it does not."""
    for arguments in _arguments(obj):
        try:
            made = type(obj)(**arguments)
        except Exception:  # whatever the user's constructor does with them
            continue
        if _alike(obj, made, set()):
            return arguments
    return None


def _arguments(obj: Any) -> Iterator[dict[str, Any]]:
    """What may be the arguments of a constructor: what Keras kept, the attributes of their names, their defaults."""
    parameters = list(inspect.signature(obj.__init__).parameters.values())
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    kept = getattr(obj, "_auto_config", None)
    by_name = {p.name: getattr(obj, p.name, p.default) for p in named}
    for found in (dict(kept.config) if kept is not None else {}, by_name):
        if all(map(_is_plain, found.values())):
            yield found


def is_of_framework(cls: type) -> bool:
    """Whether a class is one of Keras itself."""
    return bool(framework_of(cls.__module__))


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN) or isinstance(value, (list, tuple)) and all(map(_is_plain, value))


def _alike(one: Any, other: Any, seen: set[int]) -> bool:
    """Whether two objects hold the same but for the values of weights."""
    if one is other or id(one) in seen:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, (*_PLAIN, np.generic)):
        return bool(one == other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(_alike(a, b, seen) for a, b in zip(one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(_alike(a, b, seen) for a, b in zip(one.values(), other.values()))
    if not hasattr(one, "add_weight") or isinstance(one, (type, FunctionType)):
        return False
    seen.add(id(one))
    if is_of_framework(type(one)):
        own = "layers" if hasattr(one, "layers") else ""
        return _settings(one) == _settings(other) and (not own or _alike(list(one.layers), list(other.layers), seen))
    names = vars(one).keys() | vars(other).keys()
    kept = sorted(name for name in names if not name.startswith("_") and name not in _of_base())
    return one.trainable == other.trainable and all(
        hasattr(one, n) and hasattr(other, n) and _alike(getattr(one, n), getattr(other, n), seen) for n in kept
    )


def _settings(layer: Any) -> dict[str, Any] | None:
    """The settings of a layer of Keras itself; of a container those of its layers stand for it.

    An axis is counted from the front once a layer is built.
    """
    if hasattr(layer, "layers"):
        return None
    return {name: value for name, value in layer.get_config().items() if name not in ("name", "axis")}


def _of_base() -> frozenset[str]:
    """Attributes that Keras itself sets."""
    import keras

    return frozenset((*vars(keras.Model()), *vars(keras.layers.Layer())))
