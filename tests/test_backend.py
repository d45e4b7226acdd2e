"""The runtime API: every hub op over every backend gives the numbers of PyTorch."""

from __future__ import annotations

import asyncio
import inspect
import threading
import warnings
from functools import cache

import ivy
import numpy as np
import pytest
from ivy.s2s.spelled import NotAvailable
from ivy.s2s.tables import FRAMEWORKS, load

from . import sampling
from .conformance import UP_TO_SIGN, difference, magnitudes, observed, topics

torch = pytest.importorskip("torch")
OTHERS = [name for name in FRAMEWORKS if name != "torch"]


def run(sample: str, backend: str):
    """A hub sample computed by ``ivy`` over a backend, in comparable form."""
    with ivy.use_backend(backend), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return observed(
            sampling.evaluate(
                sample,
                lambda name: getattr(ivy, name),
                lambda array: sampling.to_framework(array, backend),
                lambda name: getattr(ivy, name),
            )
        )


@cache
def reference(sample: str):
    """What PyTorch gives, or None where it does not take the sample."""
    try:
        return run(sample, "torch")
    except (TypeError, RuntimeError, ValueError, IndexError, NotImplementedError, AttributeError):
        return None


def grade_of(op: str, backend: str) -> str:
    """The worst documented grade of writing an op in the two frameworks that are compared."""
    grades = ["exact", "close", "approximate"]
    entries = [load()[name].writes.get(op) for name in ("torch", backend)]
    return max((e.grade for e in entries if e is not None), key=grades.index, default="exact")


def sampled(topic: str):
    return [op for op in load().hub.values() if op.topic == topic and op.samples and not op.layer]


def problems(topic: str, backend: str):
    """What differs from PyTorch, and how many samples were compared."""
    found, compared = [], 0
    for op in sampled(topic):
        for sample in op.samples:
            expected = reference(sample)
            if expected is None:
                continue
            try:
                got = run(sample, backend)
            except NotAvailable:
                continue
            except Exception as error:  # whatever a framework raises is a finding
                found.append(f"{sample}: {type(error).__name__}: {str(error)[:150]}")
                continue
            compared += 1
            if op.name in UP_TO_SIGN:
                expected, got = magnitudes(expected), magnitudes(got)
            reason = difference(expected, got, backend, "shape" if op.random else grade_of(op.name, backend))
            if reason:
                found.append(f"{sample}: {reason}")
    return found, compared


FUNCTIONS = [t for t in topics() if sampled(t)]


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("topic", FUNCTIONS)
def test_ops_give_the_numbers_of_pytorch(topic, backend):
    found, _ = problems(topic, backend)
    assert not found, "\n".join(found)
