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


def test_classes_that_derive_from_a_layer_are_laid_out_as_it_is():
    import torch
    from flax import nnx

    class Scaled(torch.nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    class Widened(nnx.Linear):
        pass

    dense = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
    model = torch.nn.Sequential(torch.nn.Sequential(Scaled(3, 4)))
    ivy.load_weights(model, {"0.0.kernel": np.asarray(dense.kernel[...]), "0.0.bias": np.asarray(dense.bias[...])})
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(model(torch.from_numpy(x)).detach(), 2 * dense(x), rtol=1e-5)
    widened = Widened(3, 4, rngs=nnx.Rngs(1))
    ivy.load_weights(widened, torch.nn.Linear(3, 4))
    assert widened.kernel.shape == (3, 4)


def test_the_page_shows_what_is_tested():
    page = Path(__file__).resolve().parent.parent / "docs" / "weights.md"
    assert matrix() in page.read_text(encoding="utf-8")
