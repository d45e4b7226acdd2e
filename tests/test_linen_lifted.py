"""Programs of flax.linen that scan, map and branch over methods and layers: the same numbers in every target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("flax")

from .flax_targets import TARGETS, array  # noqa: E402
from .programs import assert_same, both  # noqa: E402

PROGRAMS = sorted((Path(__file__).parent / "linen_programs").glob("*.py"))
CASES = [(path, target) for path in PROGRAMS for target in TARGETS if target == "torch" or "jax.grad" not in path.read_text()]


@pytest.mark.parametrize(("path", "target"), CASES, ids=[f"{path.stem}-{target}" for path, target in CASES])
def test_program(path, target, tmp_path):
    source, ours = both(path, target, tmp_path)
    variables = source.init(jax.random.key(0))
    given = jax.tree.map(lambda leaf: array(np.asarray(leaf), target), variables)
    assert_same(ours.compute(given), source.compute(variables))
