"""The sample notation of docs/tables.md, ``std(f32[3,4], axis=-1)``, over seeded arrays."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 bfloat16 float32 float64 complex64 complex128"
).split()
BUILTINS = {"float": float, "slice": slice}
_INDEX_NOTATION = re.compile(r"\bidx\[(?P<shape>[^\]]*?),\s*n=(?P<n>\d+)\]")


def draw(kind: str, shape: tuple[int, ...], rng: np.random.Generator, n: int = 0) -> np.ndarray:
    """A NumPy array of a sample kind (``f32``, ``i64``, ``pos32``, ``spd32`` ...) and shape."""
    if kind in ("f16", "f32", "f64"):
        return np.asarray(rng.standard_normal(shape), dtype=f"float{kind[1:]}")
    if kind in ("i8", "i16", "i32", "i64"):
        return np.asarray(rng.integers(-4, 5, shape), dtype=f"int{kind[1:]}")
    if kind == "u8":
        return np.asarray(rng.integers(0, 256, shape), dtype=np.uint8)
    if kind == "bool":
        return np.asarray(rng.random(shape) < 0.5)
    if kind in ("c64", "c128"):
        parts = rng.standard_normal((2, *shape))
        return np.asarray(parts[0] + 1j * parts[1], dtype=f"complex{kind[1:]}")
    if kind in ("pos32", "pos64"):
        return np.asarray(0.1 + 2 * rng.random(shape), dtype=f"float{kind[3:]}")
    if kind in ("unit32", "unit64"):
        return np.asarray(0.01 + 0.98 * rng.random(shape), dtype=f"float{kind[4:]}")
    if kind in ("spd32", "spd64"):
        root = rng.standard_normal(shape)
        matrix = root @ np.swapaxes(root, -2, -1) + shape[-1] * np.eye(shape[-1])
        return np.asarray(matrix, dtype=f"float{kind[3:]}")
    if kind == "idx":
        return np.asarray(rng.integers(0, n, shape), dtype=np.int64)
    raise ValueError(f"unknown sample kind {kind!r}")


KINDS = (
    "f16 f32 f64 i8 i16 i32 i64 u8 bool c64 c128 pos32 pos64 unit32 unit64 spd32 spd64 idx"
).split()


class _Drawer:
    """``f32[3, 4]`` (or ``idx(3, n=4)``) as an array of the framework."""

    def __init__(self, kind: str, rng: np.random.Generator, convert: Callable[[np.ndarray], Any]):
        self.kind, self.rng, self.convert = kind, rng, convert

    def __getitem__(self, shape: Any) -> Any:
        shape = shape if isinstance(shape, tuple) else (shape,)
        return self.convert(draw(self.kind, shape, self.rng))

    def __call__(self, *shape: Any, n: int) -> Any:
        shape = () if shape == ((),) else shape
        return self.convert(draw(self.kind, shape, self.rng, n))


class _Names(dict):
    """Names of a sample: kinds, dtypes, ``inf`` and whatever ``find`` knows."""

    def __init__(self, known: dict[str, Any], find: Callable[[str], Any]):
        super().__init__(known)
        self.find = find

    def __missing__(self, name: str) -> Any:
        return self.find(name)


def evaluate(
    text: str,
    find: Callable[[str], Any],
    convert: Callable[[np.ndarray], Any] = lambda array: array,
    dtype: Callable[[str], Any] = lambda name: np.dtype(name),
) -> Any:
    """Evaluate a sample: ``find`` gives the functions of its op names, ``convert`` the arrays.

    The numbers depend on the text alone, so that all frameworks see the same.
    """
    rng = np.random.default_rng(zlib.crc32(text.encode()))
    known: dict[str, Any] = {kind: _Drawer(kind, rng, convert) for kind in KINDS}
    known |= {name: dtype(name) for name in DTYPES if name not in ("bool", "bfloat16")}
    known |= {"inf": float("inf"), "nan": float("nan"), **BUILTINS}
    source = _INDEX_NOTATION.sub(r"idx(\g<shape>, n=\g<n>)", text)
    return eval(source, {"__builtins__": {}}, _Names(known, find))


def as_held(array: np.ndarray, framework: str) -> np.ndarray:
    """A NumPy array in the dtype in which the framework holds it: JAX narrows to 32 bits."""
    if framework != "jax":
        return array
    narrow = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
    return array.astype(narrow.get(array.dtype.name, array.dtype))


def to_framework(array: np.ndarray, framework: str) -> Any:
    """A NumPy array as an array of the framework."""
    if framework == "torch":
        import torch

        return torch.from_numpy(np.array(array))
    if framework == "jax":
        import jax.numpy as jnp

        return jnp.asarray(array)
    if framework == "tensorflow":
        import tensorflow as tf

        return tf.convert_to_tensor(array)
    return array


def native_dtype(name: str, framework: str) -> Any:
    """The framework's dtype object of a hub dtype name."""
    if framework == "torch":
        import torch

        return getattr(torch, name)
    if framework == "jax":
        import jax.numpy as jnp

        return getattr(jnp, name)
    if framework == "tensorflow":
        import tensorflow as tf

        return tf.as_dtype(name)
    return getattr(np, name)


def to_numpy(value: Any) -> Any:
    """A framework value (arrays in tuples and lists too) as NumPy values."""
    if hasattr(value, "detach"):
        return value.detach().resolve_conj().resolve_neg().numpy()
    if isinstance(value, (list, tuple)):
        return [to_numpy(item) for item in value]
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return np.asarray(value)
    return value
