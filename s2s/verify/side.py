"""What a framework must be able to do for a comparison; each has a module of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]


class Skipped(Exception):
    """A check that this side cannot make, with the reason."""


class Side(Protocol):
    """One framework."""

    name: str

    def native(self, array: np.ndarray) -> Any:
        """The framework's array."""

    def is_model(self, obj: Any) -> bool:
        """Whether an object is a layer or model."""

    def call(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        """The result of a function or of a model in training or inference mode."""

    def gradients(self, obj: Any, args: Any, kwargs: Any, training: bool) -> tuple[dict[str, Any], Arrays, Arrays]:
        """The results by place, the gradients of the parameters by name and of the inputs by place."""

    def step(self, obj: Any, gradients: Arrays, rule: str) -> Arrays:
        """How much the framework's own optimizer (``sgd`` or ``adam``) changes each parameter."""

    def compiled(self, obj: Any, args: Any, kwargs: Any) -> dict[str, Any]:
        """The arrays that the compiled function or model returns in inference mode, by place."""

    def seed(self, number: int) -> None:
        """Start the framework's own random numbers anew."""

    def forget(self) -> None:
        """Let go of what was compiled for the last entry."""


def side_of(framework: str) -> Side:
    """The side for a framework's name."""
    found: Side = import_module(f".side_{framework}", __package__).SIDE
    return found


LEARNING_RATE = 0.1
ADAM_EPSILON = 0.1
"""Large, so that the first step depends smoothly on gradients that are nearly zero."""
