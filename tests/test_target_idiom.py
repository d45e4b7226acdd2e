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

from .programs import forget_helpers  # noqa: E402

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
    forget_helpers()
    sys.modules.pop("converted_model", None)


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


DECORATED = """
from functools import wraps

from torch import nn


def remembering(init):
    @wraps(init)
    def wrapped(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.given = args, kwargs

    return wrapped


class Head(nn.Module):
    @remembering
    def __init__(self, width=3, classes=2):
        super().__init__()
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(x)
"""


@pytest.mark.parametrize("target", ["tensorflow", "jax"])
def test_decorated_constructors(target, tmp_path, monkeypatch):
    """Keras reads the signature of a constructor, which a decorator hides; all arguments may be left out."""
    import inspect

    import ivy
    import torch
    from ivy.s2s.api import source_to_source

    (tmp_path / "source_head").mkdir()
    (tmp_path / "source_head" / "__init__.py").write_text(DECORATED, encoding="utf-8")
    source_to_source(tmp_path / "source_head", to=target, out=tmp_path / "converted_head")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        source, converted = (importlib.import_module(name).Head for name in ("source_head", "converted_head"))
        x, known = np.ones((2, 3), np.float32), source()
        found = converted()
        ivy.load_weights(found, known.state_dict())
        expected = known(torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(np.asarray(found(x)), expected, rtol=1e-5, atol=1e-6)
        assert converted(3, classes=4).given == ((3,), {"classes": 4})
        assert list(inspect.signature(converted.__init__).parameters)[:3] == ["self", "width", "classes"]
    finally:
        for name in [n for n in sys.modules if n.split(".")[0] in ("source_head", "converted_head")]:
            del sys.modules[name]
