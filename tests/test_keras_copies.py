"""Clones of Keras' models, and layers that learn the statistics of data, against Keras."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")
pytest.importorskip("jax")
pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from .flax_targets import module  # noqa: E402

SOURCE = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers


def numbers(shapes, start):
    return [np.sin(np.arange(np.prod(shape)) + start + i).reshape(shape).astype("float32") for i, shape in enumerate(shapes)]


def filled(model, start):
    model.set_weights(numbers([weight.shape for weight in model.get_weights()], start))


def clones(x):
    model = keras.Sequential([keras.Input((4, 4, 2)), layers.Conv2D(3, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(3), layers.Dense(3)])
    filled(model, 0)
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    first = twin.predict(x, verbose=0)
    filled(model, 5)
    return first, twin.predict(x, verbose=0), model.predict(x, verbose=0), twin.get_weights()


def adapted(x):
    last = layers.Normalization()
    last.adapt(x)
    batches = layers.Normalization(axis=(1, 3))
    batches.adapt(tf.data.Dataset.from_tensor_slices(x).batch(3))
    every = layers.Normalization(axis=None)
    every.adapt(x[:, 0, 0, 0])
    return [np.asarray(layer(x)) for layer in (last, batches)] + [np.asarray(every(x[:, 0, 0, 0]))]
"""
IMAGES = np.random.default_rng(0).random((5, 4, 4, 2)).astype("float32") * 3


def leaves(value):
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, (list, tuple)) else [np.asarray(value)]


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("name", ["clones", "adapted"])
def test_copies_and_statistics_are_those_of_keras(name, target):
    source: dict = {}
    exec(SOURCE, source)  # noqa: S102
    found = convert_text(SOURCE, "tensorflow", target)
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    module(f"{target}_helpers", helper_module(found.helpers, load()[target]))
    made = module(f"{target}_copies", found.code)
    expected, got = leaves(source[name](IMAGES)), leaves(getattr(made, name)(IMAGES))
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
