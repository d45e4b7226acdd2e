"""Converted models are used as their framework's own: compiled, trained, saved and loaded."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
for package in ("torch", "tensorflow", "keras"):
    pytest.importorskip(package)

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

SOURCES = {"torch": ("training_source", "SmallCNN", (2, 3, 10, 10))}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes a converted model in a package of its own, and an input for it."""

    def make(source: str, target: str):
        module, name, shape = SOURCES[source]
        text = Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
        found, helpers = convert_text(text, source, target), f"{target}_helpers"
        (tmp_path / "converted_model.py").write_text(found.code, encoding="utf-8")
        (tmp_path / f"{helpers}.py").write_text(helper_module(found.helpers, load()[target]), encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        for loaded in ("converted_model", helpers):
            monkeypatch.delitem(sys.modules, loaded, raising=False)
        build = getattr(importlib.import_module("converted_model"), name)
        return build, np.random.default_rng(0).normal(size=shape).astype("float32")

    yield make
    for loaded in [name for name in sys.modules if name.endswith("_helpers") or name == "converted_model"]:
        del sys.modules[loaded]


def test_keras(made, tmp_path):
    """A graph computes the same; ``fit`` lowers the loss; a file gives the same model back."""
    import keras
    import tensorflow as tf

    build, x = made("torch", "tensorflow")
    model = build()
    x, labels = tf.constant(x), tf.constant([0, 1])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = model.fit(x, labels, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    expected = model(x, training=False)
    np.testing.assert_allclose(tf.function(model)(x, training=False), expected, rtol=1e-4, atol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", custom_objects={type(model).__name__: type(model)})
    np.testing.assert_allclose(loaded(x, training=False), expected, rtol=1e-5, atol=1e-5)
