"""Masks that go from layer to layer, and states that stay, in every target."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

import ivy  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402
from ivy.s2s.verify.side import side_of  # noqa: E402
from ivy.s2s.verify.values import flat  # noqa: E402
from ivy.s2s.weights import read_state  # noqa: E402

from . import conformance  # noqa: E402
from . import keras_mask_source as source  # noqa: E402
from .keras_layer_cases import numbers, randomized  # noqa: E402

TEXT = Path(source.__file__).read_text(encoding="utf-8")
TOKENS = np.random.default_rng(0).integers(1, 6, (3, 7))
TOKENS[0, 4:] = TOKENS[1, 2:] = TOKENS[2, 3] = 0
STEPS = numbers((3, 7, 4))
STEPS[0, 5:] = STEPS[1, 2:] = 0
MODELS = {
    "mask_zero_lstm": TOKENS, "masking_gru": STEPS, "mask_arg": STEPS, "compute_mask": TOKENS,
    "attention_twice": TOKENS, "custom_mask_layer": TOKENS, "mask_more": TOKENS, "mask_block": TOKENS, "stateful": STEPS,
}  # fmt: skip


@cache
def converted(target):
    found = convert_text(TEXT, "tensorflow", target)
    assert not found.error and not found.sites.get("refused"), found.diagnostics
    return found


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("target", ["torch", "numpy", pytest.param("jax", marks=pytest.mark.slow)])
def test_model(name, target):
    """Two calls with the same weights give the same results, gradients too."""
    pytest.importorskip(target)
    inputs, side, theirs = (MODELS[name],), side_of(target), getattr(source, name)()
    theirs(inputs[0])
    randomized(theirs)
    with conformance._loaded(converted(target), load()[target]) as namespace:
        ours = namespace[name]()
        side.call(ours, inputs, {}, False)
        ivy.load_weights(ours, read_state(theirs))
        for model in (theirs, ours):
            if name == "stateful":
                model.rnn.reset_state()
        agree(flat(side.call(ours, inputs, {}, False)), flat(theirs(inputs[0])))
        if target != "numpy":
            wanted = side_of("tensorflow").gradients(theirs, inputs, {}, False)
            found = side.gradients(ours, inputs, {}, False)
            agree(found[0], {place: np.asarray(value) for place, value in wanted[0].items()})
            agree(found[2], wanted[2], 1e-4)
            assert sum(np.square(v).sum() for v in found[1].values()) == pytest.approx(
                sum(np.square(v).sum() for v in wanted[1].values()), rel=1e-4
            )


def agree(found, expected, tolerance=2e-5):
    assert set(found) == set(expected)
    for place, value in expected.items():
        mine = found[place].detach() if hasattr(found[place], "detach") else found[place]
        np.testing.assert_allclose(np.asarray(mine), value, rtol=tolerance, atol=tolerance, err_msg=place)
