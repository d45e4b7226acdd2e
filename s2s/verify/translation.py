"""A converted model's arrays as the source has them: under its names, and with its order of axes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..weight_plan import Hints
from ..weight_state import State
from ..weights import load_plan, load_weights
from .side import Arrays


@dataclass(frozen=True, slots=True)
class Translation:
    """The source's names of a model's arrays, and for arrays in another layout where each of the source's numbers lies.

    Without names nothing is translated: the model is the source's.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names)

    def of(self, arrays: Arrays) -> Arrays:
        """Arrays by the model's names as the source has them."""
        return {
            self.names.get(name, name): array.reshape(-1)[self.places[name]] if name in self.places else array
            for name, array in arrays.items()
        }


def translated(model: Any, state: State) -> Translation:
    """Load a state of the source into a model; raises ``WeightError`` where it does not fit."""
    report = load_weights(model, state)
    names = {loaded.target: loaded.source for loaded in report.loaded}
    return Translation(names, _places(model, state) if any(loaded.change for loaded in report.loaded) else {})


def _places(model: Any, state: State) -> dict[str, np.ndarray]:
    """Where the numbers of arrays in another layout lie: numbers that tell their own places are loaded."""
    numbered = {name: np.arange(a.size, dtype=np.float64).reshape(a.shape) for name, a in state.arrays.items()}
    found = {}
    for step in load_plan(model, replace(state, arrays=numbered), Hints()).steps:
        shape = numbered[step.sources[0]].shape if len(step.sources) == 1 else None
        order = np.asarray(step.array, np.float64).reshape(-1)
        if shape is not None and step.change and np.array_equal(np.sort(order), np.arange(math.prod(shape))):
            found[step.slot.name] = np.argsort(order).reshape(shape)
    return found
