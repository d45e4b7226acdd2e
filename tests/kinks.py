"""Gradients of converted ops where derivatives jump: at zeros, at bounds, where values are equal.

The samples of the hub are given arrays of such values, and what the source's own derivative is there is expected of
the target.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from ivy.s2s import pipeline
from ivy.s2s.tables import Tables, load

from . import conformance, sampling
from .conformance import Case, Outcome
from .spelling import header

# Where activations bend, beside the numbers that a sample names.
BENDS = (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0)


@dataclass(frozen=True)
class Kink:
    """A case with arrays that lie on kinks, and the source's gradients there."""

    case: Case
    arrays: tuple[np.ndarray, ...]
    gradients: list[np.ndarray]
    name: str


def kinks(case: Case) -> Iterator[Kink]:
    """The case with zeros, equal values, and values on the bounds, where the source has finite gradients."""
    if not case.layer and not any(array.dtype.kind == "f" for array in case.arrays):
        return
    namespace: dict[str, Any] = {}
    exec(header(load()[case.framework]) + "\n" + case.source(0), namespace)  # noqa: S102
    for name, arrays in _arrays(case):
        try:
            gradients = gradients_of(namespace["f0"], arrays, case.framework)
        except Exception:  # no derivative, or none of these values
            continue
        if gradients and all(np.isfinite(gradient).all() for gradient in gradients):
            yield Kink(case, arrays, gradients, name)


def _arrays(case: Case) -> Iterator[tuple[str, tuple[np.ndarray, ...]]]:
    """Arrays for the case by the kind of kink."""
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", case.text)]
    bends = np.array(sorted({*BENDS, *numbers}))
    rng = np.random.default_rng(len(case.text))
    makers: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "zeros": np.zeros_like,
        "ones": np.ones_like,
        "bends": lambda array: np.resize(bends, array.shape).astype(array.dtype),
        "drawn": lambda array: rng.choice(bends, array.shape).astype(array.dtype),
        "few": lambda array: rng.choice([0.0, 1.0], array.shape).astype(array.dtype),
    }
    for name, make in makers.items():
        yield name, tuple(make(a) if a.dtype.kind == "f" else a for a in case.arrays)


def gradients_of(function: Callable, arrays: Sequence[np.ndarray], framework: str) -> list[np.ndarray]:
    """The gradients of a fixed weighting of the results with respect to the arrays of floats."""
    return _GRADIENTS[framework](function, [sampling.to_framework(a, framework) for a in arrays])


def _floats(value: Any) -> list[Any]:
    """The arrays of floats in a result."""
    if isinstance(value, (list, tuple)):
        return [part for item in value for part in _floats(item)]
    if isinstance(value, dict):
        return [part for _, item in sorted(value.items()) for part in _floats(item)]
    dtype = str(getattr(value, "dtype", ""))
    return [value] if "float" in dtype and hasattr(value, "shape") else []


def _weights(value: Any) -> np.ndarray:
    shape = tuple(value.shape)
    size = int(np.prod(shape))
    return (1.0 + np.sin(np.arange(size) * 1.7)).reshape(shape).astype(np.float32)


def _torch_gradients(function: Callable, arrays: list) -> list[np.ndarray]:
    import torch

    leaves = [a.requires_grad_() if a.is_floating_point() else a for a in arrays]
    inputs = [leaf for leaf in leaves if leaf.is_floating_point()]
    # Functions that change what they are given get copies.
    parts = _floats(function(*[a.clone() if a.is_floating_point() else a for a in leaves]))
    loss = sum((part * torch.from_numpy(_weights(part))).sum() for part in parts if part.requires_grad)
    gradients = torch.autograd.grad(loss, inputs, allow_unused=True)
    return [np.zeros(i.shape) if g is None else g.numpy() for g, i in zip(gradients, inputs)]


def _jax_gradients(function: Callable, arrays: list) -> list[np.ndarray]:
    import jax
    import jax.numpy as jnp

    places = [i for i, a in enumerate(arrays) if jnp.issubdtype(a.dtype, jnp.floating)]

    def loss(inputs):
        given = list(arrays)
        for place, value in zip(places, inputs):
            given[place] = value
        parts = _floats(function(*given))
        return sum((part * _weights(part)).sum() for part in parts).astype(float)

    return [np.asarray(g) for g in jax.grad(loss)([arrays[i] for i in places])]


def _tensorflow_gradients(function: Callable, arrays: list) -> list[np.ndarray]:
    import tensorflow as tf

    inputs = [a for a in arrays if a.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        parts = _floats(function(*arrays))
        weighted = [tf.reduce_sum(part * tf.cast(_weights(part), part.dtype)) for part in parts]
        loss = sum(tf.cast(part, tf.float64) for part in weighted)
    gradients = tape.gradient(loss, inputs, unconnected_gradients="zero")
    return [tf.convert_to_tensor(g).numpy() for g in gradients]


_GRADIENTS = {"torch": _torch_gradients, "jax": _jax_gradients, "tensorflow": _tensorflow_gradients}


# What says that gradients are taken of a module's functions.
_TRAINS = {
    "torch": "import torch.autograd",
    "jax": "from jax import grad",
    "tensorflow": "from tensorflow import GradientTape",
}


def outcomes(cases: Sequence[Case], target: str, tables: Tables | None = None) -> list[Outcome]:
    """What the converted cases' gradients are at kinks; a case whose target refuses or fails is left out."""
    tables = tables or load()
    held = [(case, list(kinks(case))) for case in cases if not case.layer]
    held = [(case, found) for case, found in held if found]
    if not held:
        return []
    source = held[0][0].framework
    head = header(tables[source]) + "\n" + _TRAINS[source] + "\n\n"
    sources = [case.source(index) for index, (case, _) in enumerate(held)]
    with conformance._using(tables), conformance._recording() as grades:
        converted = pipeline.convert_text(head + "\n\n".join(sources), source, target)
    refused = conformance._refused(converted, sources, head.count("\n") + 1)
    found = []
    with conformance._loaded(converted, tables[target]) as namespace:
        for index, (case, points) in enumerate(held):
            if index in refused:
                continue
            for point in points:
                reason = _difference(point, namespace[f"f{index}"], target)
                if reason is not None:
                    grade = grades.get(index, "exact")
                    verdict = "wrong" if reason else grade
                    found.append(replace(Outcome(case, verdict, f"{point.name}: {reason} ({grade})" if reason else "")))
    return found


def _difference(point: Kink, function: Callable, target: str) -> str | None:
    """How the gradients of the converted function differ, '' where they do not; None where it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gradients = gradients_of(function, point.arrays, target)
    except Exception:  # what has no derivative raises
        return None
    for place, (want, have) in enumerate(zip(point.gradients, gradients)):
        if want.shape != have.shape:
            return f"shape {want.shape} became {have.shape}"
        if not np.allclose(want.astype(float), have.astype(float), rtol=1e-3, atol=1e-4, equal_nan=True):
            at = np.argmax(~np.isclose(want.astype(float), have.astype(float), rtol=1e-3, atol=1e-4))
            given = [a for a in point.arrays if a.dtype.kind == "f"][place]
            return f"argument {place} at {given.ravel()[at]}: {want.ravel()[at]:.4g} became {have.ravel()[at]:.4g}"
    return ""
