"""Inputs beside the given ones: off the points where derivatives jump, and as far off as rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from .values import is_float, mapped

_ULP = 2.0**-23
"""The rounding of one float32 number, relative to it."""


def beside(call: Any) -> Any:
    """A call with floats moved by about a hundredth, inside the range that they have.

    At the bounds of ``clip`` and where ``relu`` begins, frameworks take derivatives from different sides; zeros, ones
    and whole numbers that tests like to use lie there.
    """
    return mapped(call, lambda a: _beside(a) if is_float(a) and a.size else a)


def _beside(array: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(array.size)
    low, high = float(array.min()), float(array.max())
    if not np.isfinite(low) or not np.isfinite(high):
        return array
    unit = rng.random(array.shape)
    if low == high:
        moved = array * (1 - 0.02 * unit) if low else 0.01 * unit
    else:
        middle, width = (low + high) / 2, high - low
        moved = middle + (array - middle) * 0.97 + 0.01 * width * (unit - 0.5)
    return np.asarray(moved).astype(array.dtype)


def rounded(call: Any) -> Any:
    """A call with floats moved by what rounding them once may change."""
    return mapped(call, lambda a: _rounded(a) if is_float(a) and a.size else a)


def _rounded(array: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(array.size + 1)
    ulp = _ULP if array.dtype.itemsize == 4 else float(np.finfo(array.dtype).eps)
    return np.asarray(array * (1 + ulp * rng.choice((-1.0, 1.0), array.shape))).astype(array.dtype)
