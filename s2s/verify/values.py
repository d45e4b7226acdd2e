"""Structures of arrays as flat dictionaries of NumPy arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..weight_state import to_numpy


def is_array(value: Any) -> bool:
    """Whether a value is an array of any framework."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, type)


def leaves(value: Any, name: str = "output") -> Iterator[tuple[str, Any]]:
    """Every array and number in a result, by its place: ``output.0.logits``."""
    if is_array(value) or isinstance(value, (bool, int, float, complex)):
        yield name, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from leaves(value[key], f"{name}.{key}")
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for key in value._fields:
            yield from leaves(getattr(value, key), f"{name}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from leaves(item, f"{name}.{index}")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), f"{name}.{field.name}")


def flat(value: Any, name: str = "output") -> dict[str, np.ndarray]:
    """The arrays and numbers of a result as arrays of NumPy, by their places."""
    return {place: to_numpy(item) for place, item in leaves(value, name)}


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A structure of lists, tuples and dictionaries with every array changed."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(mapped(item, change) for item in value)
    return value


def is_float(array: Any) -> bool:
    """Whether the numbers have gradients."""
    return np.asarray(array).dtype.kind == "f" or "bfloat" in str(array.dtype)


def weights_for(place: str, array: np.ndarray) -> np.ndarray:
    """Fixed factors of one output in the loss that gradients are taken of; both sides draw the same."""
    seed = sum(ord(letter) * (i + 1) for i, letter in enumerate(place))
    return np.random.default_rng(seed).standard_normal(array.shape).astype(np.float32) / max(array.size, 1) ** 0.5
