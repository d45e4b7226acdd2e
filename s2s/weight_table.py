"""The table of how the layers of each framework store their parameters: ``mappings/weights.toml`` as objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .places import MAPPINGS
from .toml_files import read_toml

_DIRECTIONS = ("forward", "backward")
_FACTS = ("without", "requires", "sizes", "own", "copies", "constants")


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a layer inside a stored array: its axes in the stored order.

    ``letter`` is the one entry of the part's listed axis that the piece holds, '' for those that its axes list.
    ``term`` says that it is a term of a sum, ``flipped`` that its window runs backwards.
    """

    part: str
    axes: tuple[tuple[str, ...], ...]
    term: bool = False
    letter: str = ""
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """Where one recurrent layer of a stack lies: the path of the stack, its level, and whether it runs backwards."""

    base: str
    level: int = 0
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How one family stores a layer: array name -> the pieces that lie behind one another on its first axis.

    ``flat`` names arrays that are read as one row, ``without`` parts that this layer does not have with the value that
    this amounts to, ``requires`` what attributes of the layer must be, ``sizes`` axes that attributes give, ``copies``
    what is written as another array is, ``constants`` what always has one value. ``own`` is how the arrays of a level
    are named inside the module, ``stack`` how modules are named that are levels of one stack.
    """

    layer: str
    family: str
    classes: tuple[str, ...]
    arrays: dict[str, tuple[Piece, ...]]
    counters: tuple[str, ...] = ()
    offsets: dict[str, tuple[str, float]] = field(default_factory=dict)
    flat: tuple[str, ...] = ()
    without: dict[str, float] = field(default_factory=dict)
    requires: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    constants: dict[str, float] = field(default_factory=dict)
    own: str = "{entry}"
    stack: tuple[str, ...] = ("",)
    directions: tuple[str, str] = _DIRECTIONS
    unnumbered: bool = False

    def entries(self) -> tuple[str, ...]:
        """The names of all arrays, also of those that nothing is computed from in inference."""
        return (*self.arrays, *self.counters, *self.copies, *self.constants)

    def name_of(self, unit: Unit, place: str, entry: str) -> str | None:
        """The name of an array of a unit where ``place`` (of ``stack``) says, None when it cannot say so."""
        pattern = f"{place}.{self.own}".lstrip(".")
        if (unit.level and "{level}" not in pattern) or (unit.backward and "{direction}" not in pattern):
            return None
        level = "" if self.unnumbered and not unit.level else str(unit.level)
        name = pattern.format(entry=entry, level=level, direction=self.directions[unit.backward])
        return ".".join(part for part in (unit.base, name) if part)

    def inside(self, names: list[str]) -> Iterator[tuple[str, int, bool, str]]:
        """The arrays of a module, by their names inside it, as ``(name, level, backward, entry)``."""
        entries = "|".join(re.escape(entry) for entry in sorted(self.entries(), key=len, reverse=True))
        ways = "|".join(map(re.escape, self.directions))
        pattern = self.own.format(entry=f"(?P<e>{entries})", level=r"(?P<l>\d+)", direction=f"(?P<d>{ways})")
        for name in names:
            match = re.fullmatch(pattern, name)
            if match is not None:
                known = match.groupdict()
                yield name, int(known.get("l") or 0), known.get("d") == self.directions[1], known["e"]

    def units(self, path: str) -> Iterator[Unit]:
        """What the module at a path may be, as levels of stacks: the most specific first."""
        ways = "|".join(map(re.escape, self.directions))
        for place in self.stack:
            inside = re.escape(place).replace(r"\{level\}", r"(?P<l>\d+)").replace(r"\{direction\}", f"(?P<d>{ways})")
            between = "" if not place or place.startswith("_") else "(?:[.]|^)"
            match = re.fullmatch(rf"(?P<base>.*?){between}{inside}", path)
            if match is not None:
                known = match.groupdict()
                yield Unit(match["base"], int(known.get("l") or 0), known.get("d") == self.directions[1])


@dataclass(frozen=True, slots=True)
class Layer:
    """A kind of layer: the axes of its parts in canonical order, axes of one size, and its layouts.

    ``defaults`` are the values of parts that a layer may be made without, ``others`` names kinds of layers that are
    another function, with the reason.
    """

    name: str
    parts: dict[str, tuple[str, ...]]
    same: dict[str, str]
    layouts: tuple[Layout, ...]
    defaults: dict[str, float] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


@cache
def asked_attributes() -> frozenset[str]:
    """The attributes of live layers that tell how their arrays are stored."""
    layouts = [layout for layer in layers().values() for layout in layer.layouts]
    return frozenset(name for layout in layouts for name in (*layout.requires, *layout.sizes.values()))


@cache
def layers() -> dict[str, Layer]:
    """The table."""
    return {name: _layer(name, section) for name, section in read_toml(MAPPINGS / "weights.toml").items()}


def _layer(name: str, section: dict[str, Any]) -> Layer:
    parts = {part: tuple(axes.split()) for part, axes in section.pop("parts").items()}
    same, defaults, others = (section.pop(key, {}) for key in ("same", "defaults", "others"))
    layouts: list[Layout] = []
    for family, entries in section.items():
        for one in entries if isinstance(entries, list) else [entries]:
            layouts.append(_layout(name, family, dict(one)))
    return Layer(name, parts, same, tuple(layouts), defaults, others)


def _layout(layer: str, family: str, entries: dict[str, Any]) -> Layout:
    facts: dict[str, Any] = {key: entries.pop(key) for key in _FACTS if key in entries}
    for key in ("counters", "flat", "stack", "directions"):
        if key in entries:
            facts[key] = tuple(entries.pop(key))
    facts["unnumbered"] = entries.pop("unnumbered", False)
    offsets = {name: (offset["gate"], float(offset["value"])) for name, offset in entries.pop("offsets", {}).items()}
    classes = tuple(entries.pop("classes"))
    arrays = {
        name: tuple(map(_piece, written if isinstance(written, list) else [written]))
        for name, written in entries.items()
    }
    return Layout(layer, family, classes, arrays, offsets=offsets, **facts)


def _piece(written: str) -> Piece:
    part, _, axes = written.partition(": ")
    groups: list[tuple[str, ...]] = []
    inside: list[str] | None = None
    flipped = "~*" in axes
    for word in axes.replace("~*", "*").replace("(", "( ").replace(")", " )").split():
        if word == "(":
            inside = []
        elif word == ")":
            groups.append(tuple(inside or ()))
            inside = None
        elif inside is not None:
            inside.append(word)
        else:
            groups.append((word,))
    letter = part[part.index("[") + 1 : part.index("]")] if "[" in part else ""
    return Piece(part.rstrip("+").partition("[")[0], tuple(groups), part.endswith("+"), letter, flipped)


def spelled(piece: Piece) -> str:
    """The stored axes of a piece as the table writes them."""
    words = [group[0] if len(group) == 1 else f"({' '.join(group)})" for group in piece.axes]
    return " ".join("~" + word if piece.flipped and word.startswith("*") else word for word in words)


def letters(axis: str) -> tuple[tuple[str, int], ...]:
    """``gate=-zr`` -> z with the sign -1 and r with 1: the entries of a listed axis; none for any other axis."""
    order = axis.partition("=")[2]
    found: list[tuple[str, int]] = []
    for position, letter in enumerate(order):
        if letter != "-":
            found.append((letter, -1 if order[position - 1 : position] == "-" else 1))
    return tuple(found)
