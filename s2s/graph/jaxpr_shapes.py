"""Broadcasting and indexing as people write them, from how JAX traces them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .native_calls import public
from .proxy import Traced
from .record import Node, unwrapped


@dataclass(frozen=True, slots=True)
class Spread:
    """An array whose axes are to be the axes ``places`` of a larger shape, in which it is repeated."""

    value: Any
    shape: tuple[int, ...]
    places: tuple[int, ...]

    def small(self) -> Any:
        """The array with axes of one element, such that operators spread it."""
        sizes = getattr(unwrapped(self.value), "shape", ())
        wanted = [1] * len(self.shape)
        for place, size in zip(self.places, sizes, strict=True):
            wanted[place] = size
        while len(wanted) > len(sizes) and wanted[0] == 1 and 0 not in self.places[:1]:
            wanted = wanted[1:]
            if tuple(wanted) == tuple(sizes):
                return self.value
        return self.value.reshape(tuple(wanted)) if wanted != list(sizes) else self.value

    @property
    def dtype(self) -> Any:
        return unwrapped(self.value).dtype


@dataclass(frozen=True, slots=True)
class Key:
    """A random key, or several: the array of its two numbers."""

    value: Any


@dataclass(frozen=True, slots=True)
class Bits:
    """Random bits on their way to floats in [0, 1): shifted, as those of numbers in [1, 2), and these numbers.

    ``value`` are the keys that they are drawn from, ``stage`` is what was done last.
    """

    value: Any
    shape: tuple[int, ...]
    stage: str = "random_bits"


def is_traced(value: Any) -> bool:
    """Whether a value depends on the inputs of the graph."""
    return isinstance(value.value if isinstance(value, (Spread, Key, Bits)) else value, Traced)


def computed(value: Any) -> Any:
    """The array of a value that depends on no input."""
    if not isinstance(value, Spread):
        return value
    places = [value.value.shape[value.places.index(at)] if at in value.places else 1 for at in range(len(value.shape))]
    return np.broadcast_to(np.asarray(value.value).reshape(places), value.shape)


def number(value: Any, dtype: Any) -> Any:
    """A constant as a number of Python, which takes the dtype of the array that it meets; larger arrays as they are."""
    if getattr(value, "shape", ()) != ():
        return public("jax.numpy.asarray")(value)
    kind = dtype.kind
    if kind in "biu":
        return bool(value) if kind == "b" else int(value)
    return complex(value) if kind == "c" else float(str(value))  # 0.9, not 0.8999999761581421


def whole(value: Any) -> Any:
    """A value, repeated where it is still to be."""
    if not isinstance(value, Spread):
        return value
    if not is_traced(value):
        return public("jax.numpy.asarray")(computed(value))
    small = value.small()
    if getattr(unwrapped(small), "shape", ()) == value.shape:
        return small
    if math.prod(unwrapped(value.value).shape) == math.prod(value.shape):
        return value.value.reshape(value.shape)
    return public("jax.numpy.broadcast_to")(small, value.shape)


def aligned(operands: Sequence[Any], shape: Sequence[int]) -> list[Any]:
    """The operands of a function of single elements, repeated by it where that gives the shape."""
    small = [value.small() if isinstance(value, Spread) else value for value in operands]
    small = [v if is_traced(v) or isinstance(v, (bool, int, float, complex)) else number(v, v.dtype) for v in small]
    reached = np.broadcast_shapes(*(getattr(unwrapped(value), "shape", ()) for value in small))
    if tuple(reached) == tuple(shape):
        return small
    return [whole(value) for value in operands]


def column(indices: Any, at: int) -> Any:
    """``indices[..., at]``, or the array that became the only column."""
    held = indices if isinstance(indices, Spread) else unwrapped(indices)
    shape = tuple(held.shape)
    if isinstance(indices, Spread):
        inner = tuple(unwrapped(indices.value).shape)
        if inner == shape[:-1] and tuple(indices.places) == tuple(range(len(shape) - 1)):
            return indices.value
        indices = whole(indices)
    node = indices.node
    source = node.args[0] if node.kind == "method" and node.name == "reshape" else None
    if isinstance(source, Node) and shape == (*source.value.shape, 1):
        return Traced(source.value, source, indices.recorder)
    return indices[..., at]


def row_of(value: Any) -> Any:
    """``x[2]`` for what is ``x[2:3]``; None for other values."""
    node = value.node if isinstance(value, Traced) else None
    key = node.args[1] if node is not None and node.kind == "item" else None
    if node is None or not isinstance(key, slice) or key.step is not None or len(value.value) != 1:
        return None
    source = node.args[0]
    return Traced(source.value, source, value.recorder)[key.start or 0]


def indexed(x: Any, indices: Any, params: dict[str, Any], out: Any) -> Any:
    """``x[:, i, j]`` or ``take_along_axis(x, i, axis=-1)`` where a gather is that; None where it is not."""
    numbers, sizes = params["dimension_numbers"], params["slice_sizes"]
    shape = unwrapped(x).shape
    axes = tuple(map(int, numbers.start_index_map))
    rank = len(unwrapped(indices).shape) - 1
    if numbers.operand_batching_dims:
        return _along_last(x, indices, params, out)
    kept = len(axes) == 1 and not numbers.collapsed_slice_dims and unwrapped(indices).shape == (1,)
    if kept and tuple(sizes) == tuple(1 if axis == axes[0] else size for axis, size in enumerate(shape)):
        return _taken(x, indices, axes[0], "CLIP" in str(params["mode"]))
    if tuple(numbers.collapsed_slice_dims) != axes or not axes:
        return None
    if any(size != (1 if axis in axes else shape[axis]) for axis, size in enumerate(sizes)):
        return None
    if tuple(range(axes[0], axes[0] + len(axes))) != axes:
        return None
    others = [at for at in range(len(out.shape)) if at not in range(axes[0], axes[0] + rank)]
    if tuple(numbers.offset_dims) != tuple(others):
        return None
    mode = next((word for word in ("CLIP", "FILL") if word in str(params["mode"])), "")
    if mode:  # what indices outside give is not what x[i] gives
        return _taken(x, column(indices, 0), axes[0], mode == "CLIP") if len(axes) == 1 else None
    parts = [column(indices, at) for at in range(len(axes))] if isinstance(indices, Traced) else None
    if parts is None:
        plain = np.asarray(indices)
        if (plain < 0).any():
            return None
        places = [plain[..., at] for at in range(len(axes))]
        parts = [int(at) if rank == 0 else public("jax.numpy.asarray")(at) for at in places]
    key = (*(slice(None) for _ in range(axes[0])), *parts)
    return x[key if len(key) > 1 else key[0]]


def _taken(x: Any, indices: Any, axis: int, clipped: bool) -> Any:
    """``take(x, indices, axis=axis)``, whose indices outside are moved inside, or give NaN."""
    if clipped:
        indices = public("jax.numpy.clip")(indices, 0, unwrapped(x).shape[axis] - 1)
    return public("jax.numpy.take")(x, indices, axis=axis)


def _along_last(x: Any, indices: Any, params: dict[str, Any], out: Any) -> Any:
    """``take_along_axis(x, i, axis=-1)`` where a gather takes elements of the last axis at each place of the others."""
    numbers, sizes = params["dimension_numbers"], params["slice_sizes"]
    last = len(unwrapped(x).shape) - 1
    others, shape = tuple(range(last)), tuple(unwrapped(indices).shape)
    batch = tuple(numbers.operand_batching_dims), tuple(numbers.start_indices_batching_dims)
    if batch != (others, others) or tuple(numbers.start_index_map) != (last,) or any(size != 1 for size in sizes):
        return None
    kept = not numbers.collapsed_slice_dims  # the axis of one element that is taken stays
    if tuple(numbers.offset_dims) != ((last,) if kept else ()) or len(shape) not in (last + 1, last + 2):
        return None
    if kept and len(shape) != last + 1:
        return None
    places = indices if len(shape) == last + 1 else column(indices, 0)
    if "CLIP" in str(params["mode"]):
        places = public("jax.numpy.clip")(places, 0, unwrapped(x).shape[last] - 1)
    result = public("jax.numpy.take_along_axis")(x, places, axis=-1)
    return result if kept or len(shape) == last + 2 else result[..., 0]
