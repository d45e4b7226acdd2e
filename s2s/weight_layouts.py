"""How the layers of each framework store their parameters, and reading one framework's arrays as another's.

The table is ``mappings/weights.toml``. Arrays are first read into the canonical parts of the layer, with named axes;
from these the arrays of the other layout are written. Shapes give the sizes of axes, never the choice of a layout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from .places import MAPPINGS

Shape = tuple[int, ...]


class LayoutError(ValueError):
    """Arrays that do not have the axes which their layout says, or parts that the other layout cannot hold."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a layer inside a stored array: its axes in the stored order, and whether it is a term of a sum."""

    part: str
    axes: tuple[tuple[str, ...], ...]
    term: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How one family stores a layer: array name -> the pieces that lie behind one another on its first axis."""

    layer: str
    family: str
    classes: tuple[str, ...]
    arrays: dict[str, tuple[Piece, ...]]
    counters: tuple[str, ...] = ()
    offsets: dict[str, tuple[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """A kind of layer: the axes of its parts in canonical order, axes of one size, and its layouts by family."""

    name: str
    parts: dict[str, tuple[str, ...]]
    same: dict[str, str]
    layouts: dict[str, Layout]


@cache
def layers() -> dict[str, Layer]:
    """The table."""
    import tomllib

    raw = tomllib.loads((MAPPINGS / "weights.toml").read_text(encoding="utf-8"))
    return {name: _layer(name, section) for name, section in raw.items()}


def _layer(name: str, section: dict[str, Any]) -> Layer:
    parts = {part: tuple(axis.strip("()") for axis in axes.split()) for part, axes in section.pop("parts").items()}
    same = section.pop("same", {})
    layouts = {family: _layout(name, family, dict(entries)) for family, entries in section.items()}
    return Layer(name, parts, same, layouts)


def _layout(layer: str, family: str, entries: dict[str, Any]) -> Layout:
    classes, counters = tuple(entries.pop("classes")), tuple(entries.pop("counters", ()))
    offsets = {name: (offset["gate"], float(offset["value"])) for name, offset in entries.pop("offsets", {}).items()}
    arrays = {
        name: tuple(map(_piece, written if isinstance(written, list) else [written]))
        for name, written in entries.items()
    }
    return Layout(layer, family, classes, arrays, counters, offsets)


def _piece(written: str) -> Piece:
    part, _, axes = written.partition(": ")
    groups: list[tuple[str, ...]] = []
    inside: list[str] | None = None
    for word in axes.replace("(", "( ").replace(")", " )").split():
        if word == "(":
            inside = []
        elif word == ")":
            groups.append(tuple(inside or ()))
            inside = None
        elif inside is not None:
            inside.append(word)
        else:
            groups.append((word,))
    return Piece(part.rstrip("+"), tuple(groups), part.endswith("+"))


def spelled(group: tuple[str, ...]) -> str:
    """One stored axis as the table writes it."""
    return group[0] if len(group) == 1 else f"({' '.join(group)})"


@dataclass(frozen=True, slots=True)
class Written:
    """An array in the target's layout, with the names of the arrays that it was made of."""

    array: np.ndarray
    sources: tuple[str, ...]


def rewritten(
    layer: Layer, source: Layout, arrays: Mapping[str, np.ndarray], target: Layout, shapes: Mapping[str, Shape]
) -> dict[str, Written]:
    """The arrays of a layer in the target's layout.

    ``arrays`` are those of the source by the names of its layout, ``shapes`` those that the target has. Raises
    ``LayoutError`` when ranks disagree or a part is missing on one side.
    """
    sizes: dict[str, int] = {}
    read = {name: _expanded(source.arrays[name], len(array.shape)) for name, array in arrays.items()}
    write = {name: _expanded(target.arrays[name], len(shape)) for name, shape in shapes.items()}
    sides = [(read[name], tuple(array.shape)) for name, array in arrays.items()]
    _solve([*sides, *((write[name], shape) for name, shape in shapes.items())], layer.same, sizes)
    parts: dict[str, np.ndarray] = {}
    origin: dict[str, list[str]] = {}
    for name, array in arrays.items():
        for piece, block in _split(read[name], array, sizes, name):
            value = _offset(_canonical(layer, piece, block, sizes, name), layer, piece, source.offsets.get(name), 1)
            parts[piece.part] = parts[piece.part] + value if piece.part in parts else value
            origin.setdefault(piece.part, []).append(name)
    missing = [piece.part for pieces in write.values() for piece in pieces if piece.part not in parts]
    wanted = {piece.part for pieces in write.values() for piece in pieces}
    surplus = [part for part in parts if part not in wanted]
    if missing or surplus:
        words = [f"{', '.join(missing)} missing from the state"] * bool(missing)
        words += [f"{', '.join(surplus)} has no place in the model"] * bool(surplus)
        raise LayoutError("; ".join(words))
    return _all_written(layer, target, write, parts, origin, sizes)


def _all_written(layer, target, write, parts, origin, sizes) -> dict[str, Written]:
    done: set[str] = set()
    found: dict[str, Written] = {}
    for name, pieces in write.items():
        blocks, sources = [], []
        for piece in pieces:
            value = _offset(parts[piece.part], layer, piece, target.offsets.get(name), -1)
            if piece.term and piece.part in done:  # the first term has the whole sum
                value = np.zeros_like(value)
            else:
                sources += origin[piece.part]
            done.add(piece.part)
            blocks.append(_stored(layer, piece, value, sizes))
        whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, 0)
        found[name] = Written(np.ascontiguousarray(whole), tuple(dict.fromkeys(sources)))
    return found


def _expanded(pieces: tuple[Piece, ...], rank: int) -> tuple[Piece, ...]:
    """The pieces with as many axes in place of ``*window`` as the array has."""
    found = []
    for piece in pieces:
        stars = [group for group in piece.axes if group[0].startswith("*")]
        extra = rank - (len(piece.axes) - len(stars))
        if extra < 0 or (extra and not stars):
            raise LayoutError(f"an array of {rank} axes where the layout has {' '.join(map(spelled, piece.axes))}")
        axes: list[tuple[str, ...]] = []
        for group in piece.axes:
            if group[0] == "*ones":
                axes += [("1",)] * extra
            elif group[0].startswith("*"):
                axes += [(f"{group[0][1:]}{i}",) for i in range(extra)]
            else:
                axes.append(group)
        found.append(Piece(piece.part, tuple(axes), piece.term))
    return tuple(found)


def _name(axis: str) -> str:
    return axis.partition("=")[0]


def _size(axis: str, sizes: Mapping[str, int]) -> int | None:
    if axis == "1":
        return 1
    name, _, order = axis.partition("=")
    return len(order) if order else sizes.get(name)


def _solve(sides: list[tuple[tuple[Piece, ...], Shape]], same: Mapping[str, str], sizes: dict[str, int]) -> None:
    """The sizes of axes that follow from the shapes; of axes that always lie together all but the last count as one."""
    for _ in range(4):
        for pieces, shape in sides:
            for position, total in enumerate(shape):
                groups = [piece.axes[position] for piece in pieces]
                if position == 0 and len(pieces) > 1 and any(group != groups[0] for group in groups):
                    _solve_sum(groups, total, sizes)
                else:
                    _solve_product(groups[0], total // (len(pieces) if position == 0 else 1), sizes)
        for name, other in same.items():
            if other in sizes:
                sizes[name] = sizes[other]
    for pieces, shape in sides:
        for position, total in enumerate(shape):
            group = pieces[0].axes[position]
            for axis in [axis for axis in group if _size(axis, sizes) is None][:-1]:
                sizes[_name(axis)] = 1
            _solve_product(group, total // (len(pieces) if position == 0 else 1), sizes)


def _solve_product(group: tuple[str, ...], total: int, sizes: dict[str, int]) -> None:
    unknown = [axis for axis in group if _size(axis, sizes) is None]
    if len(unknown) == 1:
        known = math.prod(_size(axis, sizes) or 1 for axis in group if axis is not unknown[0])
        sizes[_name(unknown[0])] = total // max(known, 1)


def _solve_sum(groups: list[tuple[str, ...]], total: int, sizes: dict[str, int]) -> None:
    unknown = [group for group in groups if any(_size(axis, sizes) is None for axis in group)]
    if len(unknown) == 1:
        known = sum(math.prod(_size(axis, sizes) or 1 for axis in group) for group in groups if group is not unknown[0])
        _solve_product(unknown[0], total - known, sizes)


def _extent(group: tuple[str, ...], sizes: Mapping[str, int]) -> int:
    return math.prod(_size(axis, sizes) or 1 for axis in group)


def _split(pieces: tuple[Piece, ...], array: np.ndarray, sizes: Mapping[str, int], name: str):
    extents = [_extent(piece.axes[0], sizes) if piece.axes else 1 for piece in pieces]
    if len(pieces) > 1 and sum(extents) != array.shape[0]:
        raise LayoutError(f"{name}: {array.shape[0]} rows cannot be split into {' + '.join(map(str, extents))}")
    return zip(pieces, np.split(array, np.cumsum(extents)[:-1], 0) if len(pieces) > 1 else [array])


def _canonical(layer: Layer, piece: Piece, block: np.ndarray, sizes: Mapping[str, int], name: str) -> np.ndarray:
    """A stored block with the axes of the part in canonical order, the entries of a listed axis too."""
    axes = [axis for group in piece.axes for axis in group]
    shape = [_size(axis, sizes) or 1 for axis in axes]
    if math.prod(shape) != block.size:
        raise LayoutError(f"{name}: the shape {tuple(block.shape)} is not {' '.join(map(spelled, piece.axes))}")
    value = block.reshape(shape)
    own = [axis for axis in axes if axis != "1"]
    value = value.reshape([n for n, axis in zip(shape, axes) if axis != "1"])
    wanted = _order(layer, piece)
    value = value.transpose([[_name(a) for a in own].index(_name(axis)) for axis in wanted])
    for position, axis in enumerate(wanted):
        order = axis.partition("=")[2]
        if order:
            mine = next(a.partition("=")[2] for a in own if _name(a) == _name(axis))
            value = value.take([mine.index(letter) for letter in order], axis=position)
    return value


def _stored(layer: Layer, piece: Piece, value: np.ndarray, sizes: Mapping[str, int]) -> np.ndarray:
    """The inverse of ``_canonical``."""
    canonical = _order(layer, piece)
    own = [axis for group in piece.axes for axis in group if axis != "1"]
    for position, axis in enumerate(canonical):
        order = axis.partition("=")[2]
        if order:
            mine = next(a.partition("=")[2] for a in own if _name(a) == _name(axis))
            value = value.take([order.index(letter) for letter in mine], axis=position)
    value = value.transpose([[_name(a) for a in canonical].index(_name(axis)) for axis in own])
    return value.reshape([_extent(group, sizes) for group in piece.axes])


def _order(layer: Layer, piece: Piece) -> list[str]:
    """The canonical axes of a part, with those that a ``*`` stands for in the piece."""
    found: list[str] = []
    names = [axis for group in piece.axes for axis in group]
    for axis in layer.parts[piece.part]:
        if axis.startswith("*"):
            found += [name for name in names if name.startswith(axis[1:]) and name[len(axis) - 1 :].isdigit()]
        else:
            found.append(axis)
    return found


def _offset(value: np.ndarray, layer: Layer, piece: Piece, offset: tuple[str, float] | None, sign: int) -> np.ndarray:
    """The value with what the layer itself adds to one gate."""
    if offset is None:
        return value
    gate, number = offset
    axis = next(i for i, name in enumerate(layer.parts[piece.part]) if "=" in name)
    position = layer.parts[piece.part][axis].partition("=")[2].index(gate)
    moved = np.array(value)
    index = tuple(slice(None) if i != axis else position for i in range(moved.ndim))
    moved[index] += sign * number
    return moved
