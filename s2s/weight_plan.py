"""What goes where: names first, then the layers whose arrays the other framework stores in its own way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .helper_names import helpers_of
from .weight_files import State, WeightError
from .weight_layouts import Layer, Layout, LayoutError, Piece, layers, rewritten, spelled
from .weight_names import matched, plain
from .weight_slots import Slot

FAMILIES = {
    "torch": ("torch",),
    "tensorflow": ("keras",),
    "keras": ("keras",),
    "jax": ("nnx", "linen", "haiku"),
    "nnx": ("nnx",),
    "linen": ("linen",),
    "haiku": ("haiku",),
    "numpy": (),
    "": (),
}
"""The kinds of layers that a checkpoint's framework may have, '' when it is not known."""

_COLLECTIONS = frozenset(("params", "batch_stats", "state", "constants", "cache", "buffers"))
_RANDOM = frozenset(("rngs", "rng", "seed_generator", "rng_state", "seed_generator_state"))


@dataclass(frozen=True, slots=True)
class Step:
    """One array for one slot, the names it comes from, how its layout changes and how that is known."""

    slot: Slot
    sources: tuple[str, ...]
    array: np.ndarray
    change: str = ""
    derived: str = "name"


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, and everything that does not fit."""

    steps: tuple[Step, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong: tuple[str, ...]


def planned(found: Mapping[str, Slot], state: State, source: str = "", mapping: bool = False) -> Plan:
    """Pair the slots of a model with the arrays of a state from a framework ('' when it is not known)."""
    families = _families(source)
    arrays = state.arrays if mapping else _without_collections(_without_random(state.arrays))
    changed, used, wrong = _layers_changed(found, arrays, families)
    taken = {step.slot.name for step in changed}
    rest = {name: slot for name, slot in found.items() if name not in taken}
    left = {name: array for name, array in arrays.items() if name not in used}
    pairs = matched(rest, left, state.made_up)
    steps = list(changed)
    for name, given in pairs.items():
        shape = tuple(left[given].shape)
        if shape != rest[name].shape:
            wrong.append(f"{name}: the state has {shape}, the model {rest[name].shape}")
        steps.append(Step(rest[name], (given,), left[given]))
    order = {name: position for position, name in enumerate(found)}
    steps.sort(key=lambda step: order[step.slot.name])
    wrong += _torn(steps)
    known = {id(step.slot.value) for step in steps}  # an array that two modules share needs one name
    optional = _counters(rest) if changed else set()
    missing = tuple(
        name
        for name, slot in rest.items()
        if name not in pairs and slot.persistent and name not in optional and id(slot.value) not in known
    )
    given_names = set(pairs.values())
    return Plan(tuple(steps), missing, tuple(n for n in left if n not in given_names), tuple(wrong))


def _torn(steps: list[Step]) -> list[str]:
    """Arrays that are one in the model and have several values in the state."""
    first: dict[int, Step] = {}
    found = []
    for step in steps:
        other = first.setdefault(id(step.slot.value), step)
        if other is not step and not np.array_equal(other.array, step.array, equal_nan=other.array.dtype.kind == "f"):
            found.append(f"{step.slot.name}: is {other.slot.name} in the model, and has other values in the state")
    return found


def _families(source: str) -> tuple[str, ...]:
    if source not in FAMILIES:
        raise WeightError(
            f"{source}: unknown framework of a checkpoint; choose one of {', '.join(filter(None, FAMILIES))}"
        )
    return FAMILIES[source]


def _without_random(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays that are not the state of random generators."""
    return {name: array for name, array in arrays.items() if not _RANDOM & set(name.replace("/", ".").split("."))}


def _without_collections(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Names without the collections of linen at their start and without ``value`` at their end."""
    tops = {name.partition(".")[0] for name in arrays}
    if "params" in tops and tops <= _COLLECTIONS:
        arrays = {name.partition(".")[2]: array for name, array in arrays.items()}
    if arrays and all(name.endswith(".value") for name in arrays):
        arrays = {name.removesuffix(".value"): array for name, array in arrays.items()}
    return arrays


def layout_of(owner: Any, names: set[str]) -> tuple[Layer, Layout] | None:
    """The layout of a module of a framework or of a generated helper module, by its class and its arrays."""
    module, name = type(owner).__module__, type(owner).__name__
    native = {"torch": "torch", "keras": "keras", "flax": "nnx"}.get(module.split(".")[0])
    if native is None and not helpers_of(module):
        return None
    for layer in layers().values():
        for layout in layer.layouts.values():
            known = {plain(entry) for entry in (*layout.arrays, *layout.counters)}
            if name in layout.classes and native in (None, layout.family) and names and names <= known:
                return layer, layout
    return None


def _groups(found: Mapping[str, Slot]) -> Iterator[tuple[str, Layer, Layout, dict[str, Slot]]]:
    """Every layer of the model whose layout the table knows: its path and its slots by the layout's names."""
    modules: dict[str, Any] = {}
    for slot in found.values():
        path = slot.name
        for owner in slot.owners:
            path = path.rpartition(".")[0]
            modules.setdefault(path, owner)
    for path, owner in sorted(modules.items()):
        start = f"{path}." if path else ""
        inside = {name: slot for name, slot in found.items() if name.startswith(start)}
        own = {plain(name[len(start) :]): slot for name, slot in inside.items()}
        known = layout_of(owner, set(own))
        if known is not None:
            layer, layout = known
            spelled = {plain(entry): entry for entry in (*layout.arrays, *layout.counters)}
            yield path, layer, layout, {spelled[name]: slot for name, slot in own.items()}


def _layers_changed(
    found: Mapping[str, Slot], arrays: dict[str, np.ndarray], families: tuple[str, ...]
) -> tuple[list[Step], set[str], list[str]]:
    """The steps for layers that the state stores in another layout, the names they use and what is wrong with them."""
    steps: list[Step] = []
    used: set[str] = set()
    wrong: list[str] = []
    by_plain = {plain(name): name for name in arrays}
    prefix = _common_root(found, by_plain)
    for path, layer, target, slots in _groups(found):
        if families and target.family in families:
            continue
        source = _source_layout(layer, target, path, by_plain, prefix, families, wrong)
        if source is None:
            continue
        layout, names = source
        values = {entry: arrays[name] for entry, name in names.items() if entry in layout.arrays}
        shapes = {entry: slot.shape for entry, slot in slots.items() if entry in target.arrays}
        try:
            made = rewritten(layer, layout, values, target, shapes)
        except LayoutError as error:
            wrong.append(f"{path or layer.name} ({layer.name}): {error}")
            used.update(names.values())
            continue
        used.update(names.values())
        for entry, written in made.items():
            origin = tuple(names[name] for name in written.sources)
            change = _change(layout, target, written.sources, entry)
            if written.array.shape != slots[entry].shape:
                gives = f"{' + '.join(origin)} gives {written.array.shape}"
                wrong.append(f"{slots[entry].name}: {gives}, the model has {slots[entry].shape}")
            steps.append(Step(slots[entry], origin, written.array, change, f"layer table: {layer.name}"))
    return steps, used, wrong


def _common_root(found: Mapping[str, Slot], by_plain: Mapping[str, str]) -> str:
    """The name of the outermost module, where all names of the state start with one (as those of haiku do)."""
    tops = {name.split("/")[0].split(".")[0] for name in by_plain.values()}
    root = plain(next(iter(tops))) if len(tops) == 1 else ""
    return f"{root}_" if root and not any(plain(name).startswith(f"{root}_") for name in found) else ""


def _source_layout(
    layer: Layer,
    target: Layout,
    path: str,
    by_plain: Mapping[str, str],
    root: str,
    families: tuple[str, ...],
    wrong: list[str],
) -> tuple[Layout, dict[str, str]] | None:
    """The one layout in which the state has arrays for this layer, and their names by its entries."""
    start = plain(path)
    prefix = root + (f"{start}_" if start else "")

    def held(layout: Layout) -> dict[str, str]:
        entries = (*layout.arrays, *layout.counters)
        return {entry: by_plain[prefix + plain(entry)] for entry in entries if prefix + plain(entry) in by_plain}

    if not families and next(iter(target.arrays)) in held(target):
        return None
    fitting: list[tuple[Layout, dict[str, str]]] = []
    for layout in layer.layouts.values():
        names = held(layout)
        first = next(iter(layout.arrays))
        if layout.family != target.family and first in names and (not families or layout.family in families):
            fitting.append((layout, names))
    if len({tuple(sorted(layout.arrays.items())) for layout, _ in fitting}) > 1:
        spelled = ", ".join(sorted(layout.family for layout, _ in fitting))
        wrong.append(f"{path} ({layer.name}): stored as {spelled} would; say which with source=")
        return None
    return fitting[0] if fitting else None


def _change(source: Layout, target: Layout, names: tuple[str, ...], entry: str) -> str:
    """How an array differs: ``out in -> in out``, which parts of an array it is, what is added; '' for nothing."""
    wanted = [piece.part for piece in target.arrays[entry]]
    before = [(name, piece) for name in names for piece in source.arrays[name] if piece.part in wanted]
    terms = [piece for _, piece in before if piece.term]
    left = " + ".join(dict.fromkeys(_described(source, name, piece) for name, piece in before))
    right = " | ".join(" ".join(map(spelled, piece.axes)) for piece in target.arrays[entry])
    words = [] if left == right else [f"{left} -> {right}"]
    words += ["sum"] * (len(terms) > 1) + ["the other term is 0"] * (target.arrays[entry][0].term and not terms)
    for name, layout, sign in [*((name, source, 1) for name in names), (entry, target, -1)]:
        if name in layout.offsets:
            gate, number = layout.offsets[name]
            words.append(f"{sign * number:+g} on gate {gate}")
    return ", ".join(words)


def _described(layout: Layout, name: str, piece: Piece) -> str:
    axes = " ".join(map(spelled, piece.axes))
    return f"{piece.part} of {axes}" if len(layout.arrays[name]) > 1 else axes


def _counters(rest: Mapping[str, Slot]) -> set[str]:
    """Slots that only count: nothing is computed from them in inference."""
    found = set()
    for name, slot in rest.items():
        kind = layout_of(slot.owners[0], {plain(name.rpartition(".")[2])}) if slot.owners else None
        if kind is not None and name.rpartition(".")[2] in kind[1].counters:
            found.add(name)
    return found
