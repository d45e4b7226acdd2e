"""Loading a source model's state into a converted model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .weight_changes import live_modules
from .weight_files import read_file
from .weight_haiku import from_root
from .weight_haiku_names import haiku_paths, is_of_haiku
from .weight_keras import keras_state
from .weight_keras_walk import under_own_names
from .weight_names import plain, without_layers
from .weight_plan import FAMILIES, Hints, Plan, planned
from .weight_sequences import sequence_paths
from .weight_slots import NOT_YET, Slot, assign, framework_of, modules_of, slots
from .weight_state import State, WeightError, arrays_of, of_model, to_numpy, without_collections

__all__ = ["LoadReport", "LoadedWeight", "Slot", "WeightError", "framework_of", "load_weights", "read_state", "slots"]


@dataclass(frozen=True, slots=True)
class LoadedWeight:
    """One array that was loaded: its name in the state, in the model, its shape, and how its layout changed.

    ``source`` has several names joined by `` + `` where several arrays were put together. ``change`` is empty when the
    array is the source's own; ``derived`` says how the pair is known.
    """

    source: str
    target: str
    shape: tuple[int, ...]
    change: str = ""
    derived: str = "name"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What ``load_weights`` did: what was loaded where, what the state lacks and what the model lacks.

    ``ignored`` is what a checkpoint holds beside the model: the state of an optimizer and the like.
    """

    loaded: tuple[LoadedWeight, ...]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def __str__(self) -> str:
        width = max((len(w.source) for w in self.loaded), default=0)
        lines = []
        for w in self.loaded:
            renamed = f"  -> {w.target}" if w.target != w.source else ""
            lines.append(f"{w.source:<{width}}  {w.shape}{renamed}" + (f"  ({w.change})" if w.change else ""))
        lines += [f"missing from the state: {name}" for name in self.missing]
        lines += [f"not in the model: {name}" for name in self.unexpected]
        lines += [f"ignored: {', '.join(self.ignored)}"] if self.ignored else []
        return "\n".join(lines)


def load_weights(
    model: Any,
    state: Any,
    strict: bool = True,
    source: str = "",
    names: Mapping[str, str] | None = None,
    assume: Mapping[str, Any] | None = None,
) -> LoadReport:
    """Set the parameters and buffers of a model from the state of a model of another framework.

    ``model`` is a model of any framework, a dictionary of parameters (haiku's, linen's), or haiku's pair of parameters
    and state; names in these need not begin with the outermost module's. ``state`` is the live source
    model, a mapping of its own names (``state_dict`` keys, haiku's or linen's nested dictionaries) to arrays of its
    shapes, or the path of a file: ``.safetensors``, ``.npz``, ``.pt``, Keras' ``.h5`` and ``.keras``, Flax'
    ``.msgpack``, a checkpoint of TensorFlow, a folder of orbax. Names that differ only in their separators or in the
    numbers that Keras adds belong together; ``names`` gives the source's name for modules of the model that are called
    otherwise. A layer that the state stores as another framework does (``source`` says which, when names leave
    it open) is read by the layer table; ``assume`` tells attributes of the source's layers that a state does not show,
    such as ``{"transpose_kernel": False}``.
    Arrays keep the dtype of the model. With ``strict``, raises ``WeightError`` when names are missing or unexpected; a
    wrong shape always raises. Nothing is changed when it raises.
    """
    return load(model, state, Hints(source, names or {}, assume or {}), strict)


def load(model: Any, state: Any, hints: Hints, strict: bool = True) -> LoadReport:
    """``load_weights`` with everything that is told in one object."""
    plan = load_plan(model, state, hints)
    if plan.wrong or (strict and (plan.missing or plan.unexpected)):
        raise WeightError(_complaint(plan))
    for step in plan.steps:
        assign(step.slot, np.asarray(step.array))
    return report_of(plan)


def load_plan(model: Any, state: Any, hints: Hints) -> Plan:
    """What ``load_weights`` would do."""
    known = read_state(state)
    if isinstance(model, Mapping) and model.keys() == {"params", "state"}:
        model = (model["params"], model["state"])
    known = under_own_names(model, known)
    found = {slot.name: slot for slot in slots(model, lazy=True)}
    if not found and known.arrays:
        raise WeightError(f"{type(model).__name__} has no weights yet: call it once before loading them")
    mapping = isinstance(model, (Mapping, tuple))
    if mapping:
        short = without_collections(found)
        found = {short[name].replace("/", "."): slot for name, slot in found.items()}
        if not hints.classes:
            found = from_root(found, known.arrays)
    short = without_collections(known.arrays)
    if not mapping and framework_of(model) == "torch":
        if hints.source == "haiku" or is_of_haiku(model, short.values()):
            hints = replace(hints, names={**haiku_paths(model, short.values()), **hints.names})
    if not mapping and not hints.names and ("keras" in known.families or framework_of(model) == "tensorflow"):
        own = [plain(name) for name in found]
        given = [without_layers(name, own) if known.numbered else name for name in short.values()]
        hints = replace(hints, names=sequence_paths(modules_of(model), list(found), given))
    return planned(found, replace(known, arrays={short[n]: a for n, a in known.arrays.items()}), hints, mapping)


def report_of(plan: Plan) -> LoadReport:
    """The steps of a plan as names and shapes."""
    loaded = [
        LoadedWeight(" + ".join(step.sources), step.slot.name, tuple(step.array.shape), step.change, step.derived)
        for step in plan.steps
    ]
    return LoadReport(tuple(loaded), plan.missing, plan.unexpected, plan.ignored)


def _complaint(plan: Plan) -> str:
    parts = []
    for title, names in (
        ("missing from the state", plan.missing),
        ("not in the model", plan.unexpected),
        ("of the wrong shape", plan.wrong),
    ):
        if names:
            shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
            parts.append(f"{len(names)} {title}: {shown}")
    return "; ".join(parts) + ". Pass strict=False to load what fits by name."


def read_state(state: Any) -> State:
    """State as NumPy arrays, from a live model, a mapping or a file."""
    if isinstance(state, State):
        return state
    if isinstance(state, (str, Path)):
        return read_file(Path(state))
    if isinstance(state, Mapping):
        model, ignored = of_model(state)
        return State(arrays_of(model), ignored=ignored)
    if framework_of(state) == "tensorflow":
        return keras_state(state)
    if hasattr(state, "state_dict"):
        stored = state.state_dict()
        if any(type(value).__name__ in NOT_YET for value in stored.values()):
            raise WeightError(f"{type(state).__name__} has layers without weights yet: call it once")
        arrays, families = arrays_of(stored), FAMILIES["torch"]
    else:
        arrays = {slot.name: to_numpy(slot.value) for slot in slots(state) if slot.persistent}
        families = FAMILIES["nnx"] if framework_of(state) == "jax" else ()
    return State(arrays, families=families, modules=live_modules(modules_of(state)), complete=True)
