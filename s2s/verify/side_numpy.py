"""NumPy's side of a comparison: results alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from .apart import Apart
from .side import Arrays, Skipped


class NumpySide:
    """Functions and classes of NumPy."""

    name = "numpy"

    def native(self, array: np.ndarray) -> Any:
        return np.array(array)

    def is_model(self, obj: Any) -> bool:
        return hasattr(obj, "__dict__") and not isinstance(obj, type) and type(obj).__name__ != "function"

    def call(self, obj: Any, args: Any, kwargs: Any, training: bool) -> Any:
        if training and self.is_model(obj):
            raise Skipped("NumPy models are for inference")
        from .values import mapped

        if hasattr(obj, "eval"):
            obj.eval()
        args, kwargs = mapped((args, kwargs), self.native)
        return obj.call(args, kwargs, training) if isinstance(obj, Apart) else obj(*args, **kwargs)

    def gradients(self, obj: Any, args: Any, kwargs: Any, training: bool) -> tuple[dict[str, Any], Arrays, Arrays]:
        raise Skipped("NumPy has no gradients")

    def step(self, obj: Any, gradients: Arrays, rule: str) -> Arrays:
        raise Skipped("NumPy has no gradients")

    def compiled(self, obj: Any, args: Any, kwargs: Any) -> dict[str, Any]:
        raise Skipped("NumPy has no compiler")

    def seed(self, number: int) -> None:
        """Start random numbers anew."""
        np.random.seed(number)

    def forget(self) -> None:
        """Nothing is kept."""


SIDE = NumpySide()
