"""Reading one framework's arrays of a layer as another's.

Arrays are first read into the canonical parts of the layer, with named axes and one block for every gate; from these
the arrays of the other layout are written. Shapes give the sizes of axes, never the choice between layouts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .weight_table import Layer, Layout, Piece, letters, spelled

Shape = tuple[int, ...]
Key = tuple[str, str]
"""A part and one letter of its listed axis, '' where it has none."""


class LayoutError(ValueError):
    """Arrays that do not have the axes which their layout says, or parts that the other layout cannot hold."""


@dataclass(frozen=True, slots=True)
class Written:
    """An array in the target's layout, the names of the arrays that it was made of, and parts that are defaults."""

    array: np.ndarray
    sources: tuple[str, ...]
    filled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of axes that are known beforehand, and whether the source is known to have no further arrays."""

    known: Mapping[str, int]
    complete: bool = False


def rewritten(
    layer: Layer,
    source: Layout,
    arrays: Mapping[str, np.ndarray],
    target: Layout,
    shapes: Mapping[str, Shape],
    told: Sizes | None = None,
) -> dict[str, Written]:
    """The arrays of a layer in the target's layout.

    ``arrays`` are those of the source by the names of its layout, ``shapes`` those that the target has. Raises
    ``LayoutError`` when ranks disagree or a part is missing on one side.
    """
    told = told or Sizes({})
    sizes = dict(told.known)
    rows = {name: array.reshape(-1) if name in source.flat else array for name, array in arrays.items()}
    flat = {name: (math.prod(shape),) if name in target.flat else shape for name, shape in shapes.items()}
    read = {name: _expanded(source.arrays[name], len(array.shape)) for name, array in rows.items()}
    write = {name: _expanded(target.arrays[name], len(shape)) for name, shape in flat.items()}
    sides = [(read[name], tuple(array.shape)) for name, array in rows.items()]
    _solve([*sides, *((write[name], shape) for name, shape in flat.items())], layer.same, sizes)
    parts: dict[Key, np.ndarray] = {}
    origin: dict[Key, list[str]] = {}
    for name, array in rows.items():
        for piece, block in _split(read[name], array, sizes, name):
            for letter, value in _canonical(layer, piece, block, sizes, name):
                key = piece.part, letter
                value = value + _offset(source, name, letter)
                parts[key] = parts[key] + value if key in parts else value
                origin.setdefault(key, []).append(name)
    _settle(layer, source, target, write, parts, sizes, told.complete)
    made = _all_written(layer, target, write, parts, origin, sizes)
    return {name: Written(_shaped(w.array, shapes[name], name), w.sources, w.filled) for name, w in made.items()}


def _settle(
    layer: Layer,
    source: Layout,
    target: Layout,
    write: Mapping[str, tuple[Piece, ...]],
    parts: dict[Key, np.ndarray],
    sizes: Mapping[str, int],
    complete: bool,
) -> None:
    """Fill the parts that the source's layer is known not to have, and drop those that amount to nothing."""
    wanted = {(piece.part, letter): piece for pieces in write.values() for piece in pieces for letter in _held(piece)}
    known = {**(layer.defaults if complete else {}), **source.without}
    for key, piece in wanted.items():
        if key not in parts and key[0] in known:
            axes = _order(layer, piece)
            parts[key] = np.full([_size(axis, sizes) or 1 for axis in axes], known[key[0]], np.float32)
    words = []
    missing = sorted({part for part, letter in wanted if (part, letter) not in parts})
    if missing:
        words.append(f"{', '.join(missing)} missing from the state")
    for key in [key for key in parts if key not in wanted]:
        value = target.without.get(key[0])
        if value is None:
            words.append(f"{key[0]} has no place in the model")
        elif not (parts[key] == value).all():
            words.append(f"{key[0]} is not {value:g}, and the model's layer is without it: another function")
    if words:
        raise LayoutError("; ".join(dict.fromkeys(words)))


def _held(piece: Piece) -> list[str]:
    """The letters of the part's listed axis that a piece holds."""
    listed = [letter for axis in _flat(piece) for letter, _ in letters(axis)]
    return listed or [piece.letter]


def _flat(piece: Piece) -> list[str]:
    return [axis for group in piece.axes for axis in group]


def _all_written(
    layer: Layer,
    target: Layout,
    write: Mapping[str, tuple[Piece, ...]],
    parts: Mapping[Key, np.ndarray],
    origin: Mapping[Key, list[str]],
    sizes: Mapping[str, int],
) -> dict[str, Written]:
    done: set[Key] = set()
    found: dict[str, Written] = {}
    for name, pieces in write.items():
        blocks, sources, filled = [], [], []
        for piece in pieces:
            values = {}
            for letter in _held(piece):
                key = piece.part, letter
                value = parts[key] - _offset(target, name, letter)
                again = piece.term and key in done  # the first term has the whole sum
                values[letter] = np.zeros_like(value) if again else value
                sources += [] if again else origin.get(key, [])
                filled += [] if again or key in origin else [piece.part]
                done.add(key)
            blocks.append(_stored(layer, piece, values, sizes))
        whole = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, 0)
        found[name] = Written(whole, tuple(dict.fromkeys(sources)), tuple(dict.fromkeys(filled)))
    return found


def _shaped(array: np.ndarray, shape: Shape, name: str) -> np.ndarray:
    """The array in the model's own shape, where it is read as one row."""
    if -1 in shape:  # of a layer that has no weights yet
        return np.array(array, order="C")
    if math.prod(shape) != array.size:
        raise LayoutError(f"{name}: {array.shape} does not fill the model's {tuple(shape)}")
    return np.array(array.reshape(shape) if array.ndim != len(shape) else array, order="C")


def _expanded(pieces: tuple[Piece, ...], rank: int) -> tuple[Piece, ...]:
    """The pieces with as many axes in place of ``*window`` as the array has: one or more, of ``*ones`` any number."""
    found = []
    for piece in pieces:
        stars = [group for group in piece.axes if group[0].startswith("*")]
        extra = rank - (len(piece.axes) - len(stars))
        least = 1 if stars and stars[0][0] != "*ones" else 0
        if extra < least or (extra and not stars):
            raise LayoutError(f"an array of {rank} axes where the layout has {spelled(piece)}")
        axes: list[tuple[str, ...]] = []
        for group in piece.axes:
            if group[0] == "*ones":
                axes += [("1",)] * extra
            elif group[0].startswith("*"):
                axes += [(f"{group[0][1:]}{i}",) for i in range(extra)]
            else:
                axes.append(group)
        found.append(Piece(piece.part, tuple(axes), piece.term, piece.letter, piece.flipped))
    return tuple(found)


def _name(axis: str) -> str:
    return axis.partition("=")[0]


def _size(axis: str, sizes: Mapping[str, int]) -> int | None:
    if axis == "1":
        return 1
    return len(letters(axis)) or sizes.get(_name(axis))


def _solve(sides: list[tuple[tuple[Piece, ...], Shape]], same: Mapping[str, str], sizes: dict[str, int]) -> None:
    """The sizes of axes that follow from the shapes; of axes that always lie together all but the last count as one."""
    for _ in range(4):
        for pieces, shape in sides:
            _solve_side(pieces, shape, sizes)
        for name, other in same.items():
            if other in sizes:
                sizes[name] = sizes[other]
    for pieces, shape in sides:
        for position in range(len(shape)):
            group = pieces[0].axes[position]
            for axis in [axis for axis in group if _size(axis, sizes) is None][:-1]:
                sizes[_name(axis)] = 1
        _solve_side(pieces, shape, sizes)


def _solve_side(pieces: tuple[Piece, ...], shape: Shape, sizes: dict[str, int]) -> None:
    for position, total in enumerate(shape):
        groups = [piece.axes[position] for piece in pieces]
        if position == 0:
            _solve_sum(groups, total, sizes)
        else:
            for group in groups:
                _solve_sum([group], total, sizes)


def _solve_sum(groups: list[tuple[str, ...]], total: int, sizes: dict[str, int]) -> None:
    """The one axis that is not known yet, of groups that lie behind one another."""
    unknown = {_name(axis) for group in groups for axis in group if _size(axis, sizes) is None}
    if len(unknown) != 1:
        return
    (name,) = unknown
    having = [[_name(axis) == name for axis in group] for group in groups]
    if any(sum(row) > 1 for row in having):
        return
    known = [math.prod(_size(axis, sizes) or 1 for axis in group if _name(axis) != name) for group in groups]
    factor = sum(number for number, row in zip(known, having) if any(row))
    sizes[name] = (total - sum(number for number, row in zip(known, having) if not any(row))) // max(factor, 1)


def _extent(group: tuple[str, ...], sizes: Mapping[str, int]) -> int:
    return math.prod(_size(axis, sizes) or 1 for axis in group)


def _split(
    pieces: tuple[Piece, ...], array: np.ndarray, sizes: Mapping[str, int], name: str
) -> Iterator[tuple[Piece, np.ndarray]]:
    extents = [_extent(piece.axes[0], sizes) if piece.axes else 1 for piece in pieces]
    if len(pieces) > 1 and sum(extents) != array.shape[0]:
        raise LayoutError(f"{name}: {array.shape[0]} rows cannot be split into {' + '.join(map(str, extents))}")
    return zip(pieces, np.split(array, np.cumsum(extents)[:-1], 0) if len(pieces) > 1 else [array])


def _canonical(
    layer: Layer, piece: Piece, block: np.ndarray, sizes: Mapping[str, int], name: str
) -> Iterator[tuple[str, np.ndarray]]:
    """A stored block, letter by letter of its listed axis, with the other axes in canonical order."""
    axes = _flat(piece)
    wanted_shape = tuple(_extent(group, sizes) for group in piece.axes)
    if wanted_shape != block.shape:
        raise LayoutError(f"{name}: the shape {tuple(block.shape)} is not {spelled(piece)}")
    value = block.reshape([_size(axis, sizes) or 1 for axis in axes if axis != "1"])
    own = [_name(axis) for axis in axes if axis != "1"]
    listed = next((axis for axis in axes if letters(axis)), "")
    wanted = [_name(listed)] * bool(listed) + [_name(axis) for axis in _order(layer, piece)]
    value = value.transpose([own.index(axis) for axis in wanted])
    value = _turned(value, piece, wanted)
    if not listed:
        yield piece.letter, value
    for index, (letter, sign) in enumerate(letters(listed)):
        yield letter, value[index] if sign > 0 else -value[index]


def _stored(layer: Layer, piece: Piece, values: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> np.ndarray:
    """The inverse of ``_canonical``."""
    own = [axis for axis in _flat(piece) if axis != "1"]
    listed = next((axis for axis in own if letters(axis)), "")
    canonical = [_name(listed)] * bool(listed) + [_name(axis) for axis in _order(layer, piece)]
    if listed:
        value = np.stack([values[letter] * sign for letter, sign in letters(listed)])
    else:
        (value,) = values.values()
    value = _turned(value, piece, canonical)
    value = value.transpose([canonical.index(_name(axis)) for axis in own])
    return value.reshape([_extent(group, sizes) for group in piece.axes])


def _turned(value: np.ndarray, piece: Piece, axes: list[str]) -> np.ndarray:
    """The window backwards, where the piece says so."""
    if not piece.flipped:
        return value
    return np.asarray(np.flip(value, tuple(i for i, axis in enumerate(axes) if axis.startswith("window"))))


def _order(layer: Layer, piece: Piece) -> list[str]:
    """The canonical axes of a part but for the listed one, with those that a ``*`` stands for in the piece."""
    found: list[str] = []
    names = _flat(piece)
    for axis in layer.parts[piece.part]:
        if axis.startswith("*"):
            found += [name for name in names if name.startswith(axis[1:]) and name[len(axis) - 1 :].isdigit()]
        elif not letters(axis):
            found.append(axis)
    return found


def _offset(layout: Layout, name: str, letter: str) -> float:
    """What the layer itself adds to one gate of an array."""
    gate, number = layout.offsets.get(name, ("", 0.0))
    return number if letter and letter == gate else 0.0
