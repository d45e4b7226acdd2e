"""Layers of every source in every target: results, gradients, statistics and a step of training agree."""

from __future__ import annotations

import datetime
import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
for package in ("torch", "keras", "flax", "haiku", "optax"):
    pytest.importorskip(package)

from . import layer_matrix  # noqa: E402

STEP = 8
"""Another eighth of the cases every day; ``python benchmarks/layers.py`` tries them all."""


@pytest.mark.long
@pytest.mark.parametrize("source", layer_matrix.SOURCES)
def test_nothing_is_wrong(source):
    start = datetime.date.today().toordinal() % STEP
    found = [outcome for case in layer_matrix.cases(source, start, STEP) for outcome in layer_matrix.outcomes(case)]
    assert not [f"{o.case.label} to {o.target}: {o.reason}" for o in found if o.verdict == "wrong"]
    assert sum(outcome.verdict == "ok" for outcome in found) > 0.9 * len(found) > 0
