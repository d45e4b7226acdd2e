"""Weights between hand-written layers of every two frameworks: after loading, both compute the same."""

import itertools
from pathlib import Path

import pytest

for package in ("torch", "keras", "flax", "haiku"):
    pytest.importorskip(package)

import ivy  # noqa: E402
import numpy as np  # noqa: E402

from .weight_layers import LAYERS, held, matrix  # noqa: E402

FAST = ("dense", "batch normalisation", "transposed convolution", "LSTM of two levels in both directions")


@pytest.mark.parametrize("kind", [k if k in FAST else pytest.param(k, marks=pytest.mark.long) for k in LAYERS])
def test_layers_compute_the_same_after_loading(kind):
    inputs, makers = LAYERS[kind]
    x = inputs()
    sources = {family: held(kind, family, seed) for seed, family in enumerate(makers)}
    targets = {family: held(kind, family, 9) for family in makers}
    wanted = {family: source.call(x) for family, source in sources.items()}
    wrong = []
    for source, target in itertools.permutations(makers, 2):
        assert np.abs(targets[target].call(x) - wanted[source]).max() > 1e-4, "loading would show nothing"
        try:
            ivy.load_weights(targets[target].state, sources[source].state, source=source)
            np.testing.assert_allclose(targets[target].call(x), wanted[source], rtol=1e-5, atol=2e-6)
        except (ivy.WeightError, AssertionError) as error:
            wrong.append(f"{source} to {target}: {error}")
    assert not wrong, "\n".join(wrong)


def test_the_page_shows_what_is_tested():
    page = Path(__file__).resolve().parent.parent / "docs" / "weights.md"
    assert matrix() in page.read_text(encoding="utf-8")
