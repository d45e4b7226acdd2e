"""What goes where: layers whose arrays the other framework stores in its own way, all other arrays by their names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .weight_changes import Finder, changed
from .weight_modules import targets_of
from .weight_names import matched, plain, roots, without_layers
from .weight_slots import Slot
from .weight_state import Known, State, WeightError

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
    """All steps, everything that does not fit, and what of the state is of no use to a model."""

    steps: tuple[Step, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    wrong: tuple[str, ...]
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """What the user says: the family of the state, source names of modules, attributes of its layers.

    ``classes`` are those of the modules of a dictionary of parameters.
    """

    source: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    assume: Mapping[str, Any] = field(default_factory=dict)
    classes: Mapping[str, Known] = field(default_factory=dict)

    def families(self, state: State) -> tuple[str, ...]:
        """The families that the layers of the state may be of; () when that is open."""
        if self.source not in FAMILIES:
            words = ", ".join(filter(None, FAMILIES))
            raise WeightError(f"{self.source}: unknown framework of a checkpoint; choose one of {words}")
        return FAMILIES[self.source] or state.families

    def renamed(self, path: str) -> str:
        """The source's name for a place in the model."""
        for target in sorted(self.names, key=len, reverse=True):
            if path == target or path.startswith(f"{target}."):
                return (self.names[target] + path[len(target) :]).lstrip(".")
        return path


def _without_settings(found: Mapping[str, Slot], arrays: Iterable[str], hints: Hints) -> dict[str, Slot]:
    """The slots, of the numbers that NumPy computed and that look like parameters without axes those in the state."""
    ends = [f"_{plain(name)}" for name in arrays]

    def is_given(name: str) -> bool:
        own = f"_{plain(hints.renamed(name))}"
        return any(end.endswith(own) or own.endswith(end) for end in ends)

    return {n: slot for n, slot in found.items() if not isinstance(slot.value, np.floating) or is_given(n)}


def planned(found: Mapping[str, Slot], state: State, hints: Hints, mapping: bool = False) -> Plan:
    """Pair the slots of a model with the arrays of a state."""
    arrays = {name: array for name, array in state.arrays.items() if not _is_random(name)}
    found = _without_settings(found, arrays, hints)
    if state.numbered:
        own = [plain(hints.renamed(name)) for name in found]
        arrays = {without_layers(name, own): array for name, array in arrays.items()}
    ours, theirs = roots(map(hints.renamed, found), arrays)
    owners = _owners(map(hints.renamed, found), arrays, state.made_up)
    finder = Finder(arrays, state, hints.families(state), (ours, theirs), hints.assume, owners)
    changes, used, wrong = changed(targets_of(found, mapping, hints.classes, hints.renamed), finder)
    steps = [Step(c.slot, c.sources, c.array, c.change, c.derived) for c in changes]
    taken = {step.slot.name for step in steps}
    rest = {name: slot for name, slot in found.items() if slot.name not in taken}
    left = {name: array for name, array in arrays.items() if name not in used}
    places = {hints.renamed(name).removeprefix(ours): name for name in rest}
    names = {name.removeprefix(theirs): name for name in left}
    pairs = {places[place]: names[given] for place, given in matched(places, names, state.made_up).items()}
    for name, given in ((name, pairs[name]) for name in rest if name in pairs):
        shape = tuple(left[given].shape)
        if not rest[name].takes(shape):
            wrong.append(f"{name}: the state has {shape}, the model {rest[name].shape}")
        steps.append(Step(rest[name], (given,), left[given]))
    order = {slot.name: position for position, slot in enumerate(found.values())}
    steps.sort(key=lambda step: order[step.slot.name])
    wrong += _torn(steps)
    known = {id(step.slot.value) for step in steps}  # an array that two modules share needs one name
    optional = _counters(found, mapping) if changes else set()
    missing = tuple(
        name
        for name, slot in rest.items()
        if name not in pairs and slot.persistent and slot.name not in optional and id(slot.value) not in known
    )
    unexpected = _without_twins(set(left) - set(pairs.values()), arrays, steps)
    return Plan(tuple(steps), missing, tuple(n for n in left if n in unexpected), tuple(wrong), state.ignored)


def _owners(places: Iterable[str], names: Iterable[str], made_up: Collection[str]) -> dict[str, str]:
    """The state's names for layers that go by numbers which Keras made up."""
    ours, theirs = ([name.replace("/", ".").rpartition(".")[0] for name in side] for side in (places, names))
    return matched(ours, theirs, made_up) if made_up else {}


def _is_random(name: str) -> bool:
    """Whether a name is that of the state of a random generator."""
    return bool(_RANDOM & set(name.replace("/", ".").split(".")))


def _without_twins(unexpected: set[str], arrays: Mapping[str, np.ndarray], steps: list[Step]) -> set[str]:
    """Names without those of arrays that lie in memory once: what is tied in the source is so in the model."""
    held = {_memory(arrays[name]) for step in steps for name in step.sources if name in arrays}
    return {name for name in unexpected if _memory(arrays[name]) not in held}


def _memory(array: np.ndarray) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    return array.__array_interface__["data"][0], array.shape, array.strides


def _torn(steps: list[Step]) -> list[str]:
    """Arrays that are one in the model and have several values in the state."""
    first: dict[int, Step] = {}
    found = []
    for step in steps:
        other = first.setdefault(id(step.slot.value), step)
        if other is not step and not np.array_equal(other.array, step.array, equal_nan=other.array.dtype.kind == "f"):
            found.append(f"{step.slot.name}: is {other.slot.name} in the model, and has other values in the state")
    return found


def _counters(found: Mapping[str, Slot], mapping: bool) -> set[str]:
    """Slots that only count: nothing is computed from them in inference."""
    return {
        target.slots[entry].name
        for fitting in targets_of(found, mapping, {})
        for target in fitting
        for entry in target.layout.counters
        if entry in target.slots
    }
