"""Layers that the state stores in another layout than the model: which layout that is, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .weight_layouts import LayoutError, Sizes, Written, rewritten
from .weight_modules import Target
from .weight_names import plain
from .weight_slots import Slot
from .weight_state import Known, State, known
from .weight_table import Layer, Layout, Piece, layers, spelled

_NOTHING = Known(frozenset())


@dataclass(frozen=True, slots=True)
class Change:
    """An array for a slot that was made of others, and how."""

    slot: Slot
    sources: tuple[str, ...]
    array: np.ndarray
    change: str
    derived: str


@dataclass(frozen=True, slots=True)
class Found:
    """A layout in which the state has arrays for a layer, their names by its entries, and the module they lie in."""

    layer: Layer
    layout: Layout
    names: Mapping[str, str]
    module: Known = _NOTHING

    def open_questions(self, assume: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes that this layout requires and nobody told."""
        if self.module.attributes is not None:
            return {}
        return {name: value for name, value in self.layout.requires.items() if name not in assume}


@dataclass(frozen=True, slots=True)
class Finder:
    """The arrays of a state by name.

    ``roots`` are outer modules that only the model's or the state's names have, ``owners`` the state's names for layers
    that it calls by other numbers.
    """

    arrays: Mapping[str, np.ndarray]
    state: State
    families: tuple[str, ...]
    roots: tuple[str, str]
    assume: Mapping[str, Any]
    owners: Mapping[str, str] = field(default_factory=dict)
    by_plain: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_plain.update((plain(name), name) for name in self.arrays)

    def named(self, name: str) -> str | None:
        """The state's name for a name of the model's, with the state's own outermost module."""
        ours, theirs = self.roots
        owner, _, entry = name.rpartition(".")
        if owner in self.owners:
            return self.by_plain.get(plain(f"{self.owners[owner]}.{entry}"))
        return self.by_plain.get(plain(theirs + name.removeprefix(ours)))

    def held(self, layer: Layer, layout: Layout, target: Target) -> Iterator[Found]:
        """The state's arrays for a layer in a layout: at the most specific place in a stack that has some."""
        marks = _required(layer, layout) or set(layout.arrays)
        for unit in target.units:
            for place in layout.stack:
                names = {}
                for entry in layout.entries():
                    name = layout.name_of(unit, place, entry)
                    given = None if name is None else self.named(name) or self._numbered(layer, layout, name, entry)
                    if given is not None:
                        names[entry] = given
                found = marks & names.keys()
                if found:
                    module = self._module(layout, names[min(found)], min(found))
                    if self._fits(layout, module):
                        yield Found(layer, layout, names, module)
                        return

    def _numbered(self, layer: Layer, layout: Layout, name: str, entry: str) -> str | None:
        """The state's name for an array that it knows by its position among the weights of a Keras layer.

        Layers make their weights in the order of the table. Where fewer are there, it must be all of those that
        a layer may be made without that are missing, or it is not known which.
        """
        if not self.state.numbered or layout.family != "keras":
            return None
        outer, start = name.rpartition(".")[0], entry.rpartition(".")[0]
        made = [e for e in layout.arrays if e.rpartition(".")[0] == start]
        optional = [e for e in made if e not in _required(layer, layout)]
        count = sum(self.named(f"{outer}.#{i}") is not None for i in range(len(made) + 1))
        if count == len(made) - len(optional):
            made = [e for e in made if e not in optional]
        return self.named(f"{outer}.#{made.index(entry)}") if count == len(made) and entry in made else None

    def _module(self, layout: Layout, name: str, entry: str) -> Known:
        """What is known of the module that holds an array."""
        inside = layout.own.replace("{entry}", entry).count(".") + 1
        path = name.replace("/", ".").rsplit(".", inside)[0] if "." in name else ""
        return self.state.modules.get(plain(path), _NOTHING)

    def _fits(self, layout: Layout, module: Known) -> bool:
        if module.classes and not module.classes & set(layout.classes):
            return False
        for name, value in layout.requires.items():
            told = getattr(module.attributes, name, self.assume.get(name, value))
            if (told if isinstance(told, (bool, int, str)) else value) != value:
                return False
        return True


def _required(layer: Layer, layout: Layout) -> set[str]:
    """The arrays that no layer of the kind is made without."""
    return {
        entry for entry, pieces in layout.arrays.items() if not all(piece.part in layer.defaults for piece in pieces)
    }


def changed(targets: Iterable[list[Target]], finder: Finder) -> tuple[list[Change], set[str], list[str]]:
    """The changes for all layers that the state stores in another layout, the names they use and what is wrong."""
    changes: list[Change] = []
    used: set[str] = set()
    wrong: list[str] = []
    taken: set[str] = set()
    for fitting in targets:  # outer modules first: attention has its own layout of what inside it are dense layers
        by_unit: dict[tuple[str, ...], list[Target]] = {}
        for target in fitting:
            by_unit.setdefault(tuple(slot.name for slot in target.slots.values()), []).append(target)
        for slots, group in by_unit.items():
            if taken.issuperset(slots):
                continue
            made, names, problem = _best(group, finder)
            taken.update(slots if made or names else ())
            changes += made
            used |= names
            wrong += [problem] if problem else []
    return changes, used, wrong


def _best(group: list[Target], finder: Finder) -> tuple[list[Change], set[str], str]:
    """The one way to fill a layer; nothing where names alone do, a problem where no way or several ways fit."""
    tried: list[tuple[Target, Found, dict[str, Written]]] = []
    errors: list[tuple[Found, str]] = []
    for target in group:
        for found in _candidates(target, finder):
            try:
                tried.append((target, found, _written(target, found, finder)))
            except LayoutError as error:
                errors.append((found, f"{target.path or found.layer.name} ({found.layer.name}): {error}"))
    if tried:
        target, found, written = tried[0]
        if any(not _same(written, other) for _, _, other in tried[1:]):
            return [], set(found.names.values()), _choice(target, [f for _, f, _ in tried])
        if any(f.layout is t.layout for t, f, _ in tried):
            return [], set(), ""  # the arrays are the model's own as they are: names say all
        problem = _unanswered(target, found, finder)
        return _changes(target, found, written, finder), set(found.names.values()), problem
    foreign = [(found, problem) for found, problem in errors if all(found.layout is not t.layout for t in group)]
    if foreign and len(foreign) == len(errors):
        return [], set(foreign[0][0].names.values()), foreign[0][1]
    return [], set(), "" if errors else _another_function(group, finder)


def _candidates(target: Target, finder: Finder) -> Iterator[Found]:
    """The layouts in which the state has this layer: the model's own alone where that is certain."""
    own = next(finder.held(target.layer, target.layout, target), None)
    alike = target.layout.family in finder.families or target.module is None and not finder.families
    if own is not None and (alike or target.converted or not finder.families and _only_own(target, finder)):
        yield own
        return
    families = finder.families if _any_held(target, finder) else ()
    for layout in target.layer.layouts:
        if not families or layout.family in families:
            yield from finder.held(target.layer, layout, target)


def _only_own(target: Target, finder: Finder) -> bool:
    """Whether no other layout has these names."""
    others = [layout for layout in target.layer.layouts if layout is not target.layout]
    return not any(True for other in others for _ in finder.held(target.layer, other, target))


def _any_held(target: Target, finder: Finder) -> bool:
    """Whether the state has the layer as one of its own families does; else it is that of a converted model."""
    ours = [layout for layout in target.layer.layouts if layout.family in finder.families]
    return any(True for layout in ours for _ in finder.held(target.layer, layout, target))


def _written(target: Target, found: Found, finder: Finder) -> dict[str, Written]:
    """The arrays of the layer as the model has them; ``LayoutError`` when sizes disagree with the model's."""
    values = {entry: finder.arrays[name] for entry, name in found.names.items() if entry in found.layout.arrays}
    shapes = {entry: slot.shape for entry, slot in target.slots.items() if entry in target.layout.arrays}
    sizes = _told(found.layout, found.module.attributes)
    for axis, size in _told(target.layout, target.module).items():
        if sizes.setdefault(axis, size) != size:
            raise LayoutError(f"{axis} is {sizes[axis]} in the source and {size} in the model")
    written = rewritten(found.layer, found.layout, values, target.layout, shapes, Sizes(sizes, finder.state.complete))
    for entry, made in written.items():
        if not target.slots[entry].takes(made.array.shape):
            origin = " + ".join(found.names[name] for name in made.sources)
            raise LayoutError(f"{origin} gives {made.array.shape}, the model has {shapes[entry]}")
    return written


def _told(layout: Layout, module: Any) -> dict[str, int]:
    """Sizes of axes that a live layer tells."""
    given = {axis: getattr(module, name, None) for axis, name in layout.sizes.items()}
    return {axis: size for axis, size in given.items() if isinstance(size, int)}


def _same(first: Mapping[str, Written], second: Mapping[str, Written]) -> bool:
    return first.keys() == second.keys() and all(np.array_equal(first[n].array, second[n].array) for n in first)


def _choice(target: Target, tried: list[Found]) -> str:
    """What the user has to say where two layouts fit."""
    words = dict.fromkeys(_described(found) for found in tried)
    questions = {name for found in tried for name in found.layout.requires}
    families = {found.layout.family for found in tried}
    remedy = "say which with source=" if len(families) > 1 else "give the live source model or its class"
    if questions and len(families) == 1:
        remedy = " ".join(f"say it with assume={{'{name}': ...}}" for name in sorted(questions))
    return f"{target.path} ({target.layer.name}): stored as {', '.join(words)} would; {remedy}"


def _described(found: Found) -> str:
    kind = found.layout.classes[0] if found.layout.classes else found.layer.name
    conditions = ", ".join(f"{name}={value}" for name, value in found.layout.requires.items())
    return f"{found.layout.family}'s {kind}" + (f" with {conditions}" if conditions else "")


def _unanswered(target: Target, found: Found, finder: Finder) -> str:
    """What must be known of the source's layer: another kind of layer has the same names and sizes."""
    if not found.open_questions(finder.assume):
        return ""
    values = {entry: finder.arrays[name] for entry, name in found.names.items()}
    shapes = {entry: tuple(array.shape) for entry, array in values.items()}
    for kind in found.layer.others:
        other = layers()[kind]
        for layout in other.layouts:
            if layout.family == found.layout.family and values.keys() <= set(layout.arrays):
                try:
                    rewritten(other, layout, values, layout, shapes)
                except LayoutError:
                    continue
                return _choice(target, [found, Found(other, layout, found.names)])
    return ""


def _another_function(group: list[Target], finder: Finder) -> str:
    """Why the state has nothing for a layer, where it has one that looks alike and computes something else."""
    for target in group:
        for kind, reason in target.layer.others.items():
            other = layers()[kind]
            for layout in other.layouts:
                alien = not finder.families or layout.family in finder.families
                if alien and next(finder.held(other, layout, target), None) is not None:
                    return f"{target.path} ({target.layer.name}): {reason}"
    return ""


def _changes(target: Target, found: Found, written: Mapping[str, Written], finder: Finder) -> list[Change]:
    derived = f"layer table: {found.layer.name}"
    made = []
    for entry, one in written.items():
        origin = tuple(found.names[name] for name in one.sources)
        text = _change(found.layout, target.layout, one, entry)
        made.append(Change(target.slots[entry], origin or ("(nothing)",), one.array, text, derived))
    for entry, other in target.layout.copies.items():
        if entry in target.slots and other in written:
            origin = tuple(found.names[name] for name in written[other].sources)
            made.append(Change(target.slots[entry], origin, written[other].array, f"as {other}", derived))
    for entry, value in target.layout.constants.items():
        if entry in target.slots:
            slot = target.slots[entry]
            made.append(Change(slot, ("(nothing)",), np.full(slot.shape, value), f"{value}", derived))
    return made


def _change(source: Layout, target: Layout, written: Written, entry: str) -> str:
    """How an array differs: ``out in -> in out``, which parts of an array it is, what is added; '' for nothing."""
    names = written.sources
    wanted = [piece.part for piece in target.arrays[entry]]
    before = [(name, piece) for name in names for piece in source.arrays[name] if piece.part in wanted]
    terms = [piece for _, piece in before if piece.term]
    left = " + ".join(dict.fromkeys(_of_part(source, name, piece) for name, piece in before))
    right = " | ".join(spelled(piece) for piece in target.arrays[entry])
    words = [] if left == right or not before else [f"{left} -> {right}"]
    words += ["sum"] * (len(terms) > 1) + ["the other term is 0"] * (_is_term(target, entry) and not terms)
    words += [f"{part} is not in the source" for part in written.filled]
    for name, layout, sign in [*((name, source, 1) for name in names), (entry, target, -1)]:
        if name in layout.offsets:
            gate, number = layout.offsets[name]
            words.append(f"{sign * number:+g} on gate {gate}")
    return ", ".join(words)


def _is_term(layout: Layout, entry: str) -> bool:
    return layout.arrays[entry][0].term


def _of_part(layout: Layout, name: str, piece: Piece) -> str:
    part = f"{piece.part}[{piece.letter}]" if piece.letter else piece.part
    return f"{part} of {spelled(piece)}" if len(layout.arrays[name]) > 1 or piece.letter else spelled(piece)


def live_modules(modules: Mapping[str, Any]) -> dict[str, Known]:
    """What the modules of a live model tell, by their plain paths."""
    return {plain(path): known(module) for path, module in modules.items()}
