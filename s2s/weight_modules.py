"""The layers of a model that the layer table knows: by their classes, in dictionaries of parameters by names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .helper_names import helpers_of
from .weight_names import plain
from .weight_slots import Slot
from .weight_state import Known
from .weight_table import Layer, Layout, Unit, layers

_NATIVE = {"torch": "torch", "keras": "keras", "flax": "nnx"}
_FUNCTIONAL = frozenset(("linen", "haiku"))
"""Families whose parameters live in dictionaries."""


@dataclass(frozen=True, slots=True)
class Target:
    """A layer of the model as one layout has it: where it may lie in stacks of layers, its slots by entry.

    ``module`` is None in dictionaries; ``converted`` says that its class was generated from the source's.
    """

    path: str
    layer: Layer
    layout: Layout
    units: tuple[Unit, ...]
    slots: Mapping[str, Slot]
    module: Any = None
    converted: bool = False


def targets_of(
    found: Mapping[str, Slot], mapping: bool, told: Mapping[str, Known], renamed: Callable[[str], str] = str
) -> Iterator[list[Target]]:
    """Every layer of a model, as each layout that fits.

    ``told`` has the classes of modules in dictionaries; ``renamed`` gives the source's path for one of the model.
    """
    for path, module in sorted(_modules(found, mapping).items()):
        start = f"{path}." if path else ""
        inside = {name[len(start) :]: slot for name, slot in found.items() if name.startswith(start)}
        fitting = [
            target
            for layer, layout in _layouts(module, mapping, told.get(plain(path)))
            for target in _targets(path, layer, layout, inside, module, renamed(path))
        ]
        if fitting:
            yield fitting


def _modules(found: Mapping[str, Slot], mapping: bool) -> dict[str, Any]:
    """The modules that hold slots by their paths; of dictionaries, the paths alone."""
    if not mapping:
        return {path: module for slot in found.values() for path, module in reversed(slot.owners)}
    paths = [name.split(".")[:-1] for name in found]
    return {".".join(parts[:depth]): None for parts in paths for depth in range(len(parts) + 1)}


def _layouts(module: Any, mapping: bool, told: Known | None) -> Iterator[tuple[Layer, Layout]]:
    """The layouts that a module of this class has; in dictionaries, those of the families that use them."""
    family, generated = family_of(module)
    classes = told.classes if told is not None else frozenset((type(module).__name__,))
    if not mapping and family is None and not generated:
        family, classes = _bases_of(module)
        if family is None:
            return
    elif generated and told is None:  # a helper class may derive from a layer of the framework
        classes |= _bases_of(module)[1]
    for layer in layers().values():
        for layout in layer.layouts:
            by_class = bool(classes & set(layout.classes)) and _agree(layout, told.attributes if told else module)
            if mapping and layout.family in _FUNCTIONAL and (told is None or by_class):
                yield layer, layout
            elif not mapping and family in (None, layout.family) and by_class:
                yield layer, layout


def family_of(module: Any) -> tuple[str | None, bool]:
    """The family of a framework's own class, and whether it stands in a generated module of helpers."""
    name = type(module).__module__
    return _NATIVE.get(name.split(".")[0]), bool(helpers_of(name))


def _bases_of(module: Any) -> tuple[str | None, frozenset[str]]:
    """The family of the framework's classes that a user's class derives from, and their names."""
    bases = {cls.__name__: _NATIVE.get(cls.__module__.split(".")[0]) for cls in type(module).__mro__}
    families = [family for family in bases.values() if family is not None]
    family = families[0] if families else None
    return family, frozenset(name for name, own in bases.items() if own == family)


def _agree(layout: Layout, attributes: Any) -> bool:
    return all(getattr(attributes, name, value) == value for name, value in layout.requires.items())


def _targets(
    path: str, layer: Layer, layout: Layout, inside: Mapping[str, Slot], module: Any, place: str
) -> Iterator[Target]:
    """The layer or, where a module has several levels, every level of it; none unless all of its arrays are known."""
    spelled = {plain(entry): entry for entry in layout.entries()}
    names = [_spelled(name, spelled) for name in inside]
    by_unit: dict[tuple[int, bool], dict[str, Slot]] = {}
    parsed = {name: (level, backward, entry) for name, level, backward, entry in layout.inside(names)}
    if not parsed or len(parsed) < len(names):
        return
    for name, slot in zip(names, inside.values()):
        level, backward, entry = parsed[name]
        by_unit.setdefault((level, backward), {})[entry] = slot
    for (level, backward), slots in by_unit.items():
        units: Sequence[Unit] = list(layout.units(place))
        if "{level}" in layout.own:
            units = [Unit(place, level, backward)]
        generated = module is not None and family_of(module)[0] is None
        yield Target(path, layer, layout, tuple(units), slots, module, generated)


def _spelled(name: str, entries: Mapping[str, str]) -> str:
    """A name as the table has it where they are equal but for separators: ``_query_dense.kernel``."""
    return entries.get(plain(name), name)
