"""Functions of two float32 arrays of shape (4, 4), in PyTorch and converted: what they give is compared."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from .converted_text import converted

Target = tuple[types.ModuleType, Callable[..., Any]]


def converted_cases(text: str, framework: str) -> Target:
    """The functions in JAX or TensorFlow, and what makes their arrays."""
    pytest.importorskip({"jax": "flax", "tensorflow": "keras"}[framework])
    arrays = __import__({"jax": "jax.numpy", "tensorflow": "tensorflow"}[framework], fromlist=["constant"])
    return converted(text, "torch", framework), getattr(arrays, "asarray", None) or arrays.constant


def numbers_of(text: str, name: str, target: Target) -> tuple[list[float], list[float]]:
    """What a function gives in the target, and in PyTorch."""
    import torch

    module, convert = target
    source = types.ModuleType("source_of_cases")
    exec(text, source.__dict__)  # noqa: S102
    rng = np.random.default_rng(0)
    given = [rng.standard_normal((4, 4)).astype(np.float32) for _ in range(2)]
    wanted = [float(value) for value in getattr(source, name)(*map(torch.from_numpy, given))]
    return [float(value) for value in getattr(module, name)(*map(convert, given))], wanted
