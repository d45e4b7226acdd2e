"""Scatters of JAX as ``x.at[i].set(values)`` and the like, where they are that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .jaxpr_shapes import Spread, column, computed, is_traced, number, whole
from .native_calls import public
from .proxy import Traced
from .record import Node, Recorder, computes, unwrapped

_UPDATES = {
    "scatter": "set", "scatter_add": "add", "scatter_mul": "multiply", "scatter_min": "min", "scatter_max": "max",
}  # fmt: skip


def scattered(recorder: Recorder, name: str, params: dict[str, Any], operands: Sequence[Any]) -> Any:
    """The result of a scatter; None where it is no update at indices along neighbouring axes."""
    update = _UPDATES.get(name.replace("-", "_"))
    x, indices, values = operands
    found = None if update is None else _place(recorder, x, indices, values, params)
    if update is None or found is None:
        return None
    key, extra = found
    value = _value(values)
    if extra and getattr(unwrapped(value), "shape", ()):
        value = public("jax.numpy.squeeze")(value, axis=extra[0] if len(extra) == 1 else extra)
    return _updated(recorder, update, _base(x), key, value)


def _host(value: Any) -> Any:
    return unwrapped(value) if not isinstance(value, Spread) else value


def _base(x: Any) -> Any:
    """The array that is changed; zeros are made by name."""
    if is_traced(x):
        return whole(x)
    plain = np.asarray(computed(x))
    return public("jax.numpy.asarray")(plain) if plain.any() else public("jax.numpy.zeros")(plain.shape, plain.dtype)


def _value(values: Any) -> Any:
    """What is written: a number where it is one."""
    if not is_traced(values):
        plain = np.asarray(computed(values))
        if plain.size and plain.ndim and (plain == plain.flat[0]).all():
            return number(plain.flat[0], plain.dtype)
    return whole(values)


@computes
def _updated(recorder: Recorder, update: str, x: Any, key: Any, values: Any) -> Any:
    result = getattr(unwrapped(x).at[unwrapped(key)], update)(unwrapped(values))
    return recorder.record("update", update, (x, key, values), {}, result)


def _place(
    recorder: Recorder, x: Any, indices: Any, values: Any, params: dict[str, Any]
) -> tuple[Any, tuple[int, ...]] | None:
    """What stands in ``x.at[...]``, and the axes of size 1 that the values have too many; None for other scatters."""
    numbers, shape, sizes = params["dimension_numbers"], tuple(_host(x).shape), tuple(_host(values).shape)
    axes, batch = tuple(numbers.scatter_dims_to_operand_dims), tuple(numbers.operand_batching_dims)
    window = dict(
        zip(
            (axis for axis in range(len(shape)) if axis not in (*numbers.inserted_window_dims, *batch)),
            map(int, numbers.update_window_dims),
            strict=True,
        )
    )
    extra = tuple(at for axis, at in window.items() if axis in axes)
    clipped = "CLIP" in str(params["mode"])
    if any(sizes[at] != 1 for at in extra) or extra and not is_traced(indices) and not batch:
        key = None if batch or clipped else _slices(shape, indices, sizes, axes, tuple(window.values()))
        return None if key is None else (key, ())
    rank = len(_host(indices).shape) - 1
    taken = sorted((*axes, *batch))
    first = 0 if batch else min(axes, default=0)
    in_order = list(axes) == sorted(axes) and taken == list(range(first, first + len(taken)))
    after = [at - sum(1 for e in extra if e < at) for axis, at in window.items() if axis not in axes]
    others = [at for at in range(len(sizes) - len(extra)) if at not in range(first, first + rank)]
    full = all(sizes[at] == shape[axis] for axis, at in window.items() if axis not in axes)
    if not in_order or after != others or not full:
        return None
    grid = dict(zip(batch, numbers.scatter_indices_batching_dims, strict=True))
    parts = [
        _places(shape[axis], int(grid[axis]), rank)
        if axis in grid
        else _part(recorder, indices, axes.index(axis), shape[axis], clipped)
        for axis in taken
    ]
    if any(part is None for part in parts):
        return None
    key = (*(slice(None) for _ in range(first)), *parts)
    return key if len(key) > 1 else key[0], extra


def _slices(shape: tuple[int, ...], indices: Any, sizes: tuple[int, ...], axes: Any, window: Any) -> Any:
    """``x.at[2:5]``: one place that is known, with all axes in the window."""
    if is_traced(indices) or len(_host(indices).shape) != 1 or window != tuple(range(len(shape))):
        return None
    starts = dict(zip(axes, np.asarray(computed(indices)).tolist(), strict=True))
    key = []
    for axis, (whole_size, size) in enumerate(zip(shape, sizes, strict=True)):
        start = starts.get(axis, 0)
        if start < 0 or start + size > whole_size:
            return None
        key.append(slice(None) if size == whole_size else slice(start or None, start + size))
    while len(key) > 1 and key[-1] == slice(None):
        key.pop()
    return tuple(key) if len(key) > 1 else key[0]


def _places(size: int, axis: int, rank: int) -> Any:
    """The numbers along an axis, to be broadcast with indices of so many axes."""
    places = public("jax.numpy.arange")(size)
    missing = rank - axis - 1
    return places.reshape((size, *(1 for _ in range(missing)))) if missing else places


def _part(recorder: Recorder, indices: Any, at: int, size: int, clipped: bool) -> Any:
    """The indices along one axis. Negative ones are outside here, while they count from the end in ``x.at``."""
    if not is_traced(indices):
        plain = np.asarray(computed(indices))[..., at]
        plain = np.clip(plain, 0, size - 1) if clipped else plain
        if (plain < 0).any():
            return None
        return int(plain) if plain.ndim == 0 else public("jax.numpy.asarray")(plain)
    found = column(indices, at)
    if clipped:
        return public("jax.numpy.clip")(found, 0, size - 1)
    if found.value.dtype.kind == "u":
        source = found.node.args[0] if found.node.name == "astype" else None
        if isinstance(source, Node) and source.name.endswith("argsort"):
            return Traced(source.value, source, recorder)
        return found.astype("int32")
    given = _given(found.node, size)
    if given is not None:
        return Traced(given.value, given, recorder)
    return public("jax.numpy.where")(recorder.operator("lt", found, 0), size, found)


def _given(node: Node, size: int) -> Node | None:
    """The indices of which JAX made ``where(i < 0, i + size, i)``."""
    if node.kind != "call" or node.name != "jax.numpy.where" or len(node.args) != 3:
        return None
    below, moved, given = node.args
    if not (isinstance(below, Node) and isinstance(moved, Node) and isinstance(given, Node)):
        return None
    tested = below.kind == "operator" and below.name == "lt" and below.args[0] is given and below.args[1] == 0
    added = moved.kind == "operator" and moved.name == "add" and moved.args[0] is given and moved.args[1] == size
    return given if tested and added else None
