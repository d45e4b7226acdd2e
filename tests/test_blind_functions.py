"""Functions that nobody chose, of one library: none gives other numbers, and nearly all that are called convert."""

import importlib
import importlib.util
from pathlib import Path

import pytest
from ivy.s2s.places import ROOT

pytestmark = pytest.mark.slow


def test_ranking_losses_and_metrics(monkeypatch):
    for package in ("rax", "torch", "tensorflow"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    monkeypatch.syspath_prepend(str(Path(ROOT) / "benchmarks"))
    blind = importlib.import_module("blind_functions")
    library = next(item for item in blind.LIBRARIES if item.name == "rax")
    rows = blind.in_a_process(library)
    called = [row for row in rows if row.outcome != "not called"]
    assert len(called) > 20
    assert not [row for row in rows if row.outcome == "DIFFERENT"]
    assert sum(row.outcome == "equal" for row in called) > 0.9 * len(called)
