"""Layers of Keras that change images at random: with equal bounds they do what Keras does, and nothing in inference."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from .flax_targets import module  # noqa: E402

SOURCE = """
import keras
from keras import layers

def fixed():
    return [
        layers.RandomRotation((0.1, 0.1)),
        layers.RandomRotation((-0.2, -0.2), fill_mode="constant", fill_value=0.5, interpolation="nearest"),
        layers.RandomZoom((0.2, 0.2)),
        layers.RandomZoom((-0.3, -0.3), (0.1, 0.1), fill_mode="nearest"),
        layers.RandomTranslation((0.2, 0.2), (-0.1, -0.1), fill_mode="wrap"),
        layers.RandomBrightness((0.2, 0.2), value_range=(0.0, 1.0)),
        layers.RandomContrast((0.0, 0.0), value_range=(0.2, 0.8)),
    ]

def drawn():
    return [layers.RandomFlip("horizontal"), layers.RandomFlip("vertical"), layers.RandomFlip(), layers.RandomContrast(0.5, value_range=(0, 1))]

def model():
    return keras.Sequential([keras.Input((9, 12, 3)), *fixed(), layers.RandomFlip(), layers.Flatten(), layers.Dense(2)])
"""
TARGETS = {"torch": torch.tensor, "jax": jax.numpy.asarray}
IMAGES = np.random.default_rng(0).random((6, 9, 12, 3)).astype("float32")


def converted(target):
    found = convert_text(SOURCE, "tensorflow", target)
    assert not found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    module(f"{target}_helpers", helper_module(found.helpers, load()[target]))
    return module(f"{target}_random_images", found.code)


@pytest.mark.parametrize("target", TARGETS)
def test_layers_with_equal_bounds_do_what_keras_does(target):
    source = {}
    exec(SOURCE, source)  # noqa: S102
    for own, other in zip(source["fixed"](), converted(target).fixed(), strict=True):
        for images in (IMAGES, IMAGES[0]):
            expected = np.asarray(own(images, training=True))
            np.testing.assert_allclose(np.asarray(other(TARGETS[target](images))), expected, rtol=1e-4, atol=1e-5)
            np.testing.assert_array_equal(np.asarray(other(TARGETS[target](images), training=False)), images)


@pytest.mark.parametrize("target", TARGETS)
def test_images_are_flipped_one_by_one(target):
    horizontal, vertical, both, contrast = converted(target).drawn()
    images = np.concatenate([IMAGES] * 4)
    for layer, axes in ((horizontal, (2,)), (vertical, (1,)), (both, (1, 2))):
        found = np.asarray(layer(TARGETS[target](images), training=True))
        flipped = np.flip(images, axes)
        ways = [(np.array_equal(a, b), np.array_equal(a, c)) for a, b, c in zip(found, images, flipped, strict=True)]
        assert set(ways) == {(True, False), (False, True)}
    found = np.asarray(contrast(TARGETS[target](images)))
    assert found.min() >= 0
    assert found.max() <= 1
    means = images.mean((1, 2), keepdims=True)
    inside = (found > 0) & (found < 1) & (np.abs(images - means) > 0.1)
    factors = np.where(inside, (found - means) / np.where(inside, images - means, 1), np.nan)
    spread = np.nanmax(factors, (1, 2, 3)) - np.nanmin(factors, (1, 2, 3))
    assert spread.max() < 1e-3  # one factor for each image
    assert 1 <= np.nanmin(factors)
    assert np.nanmax(factors) <= 1.5
    assert np.nanstd(np.nanmean(factors, (1, 2, 3))) > 0.05


@pytest.mark.parametrize("target", TARGETS)
def test_models_leave_images_alone_in_inference(target):
    model = converted(target).model()
    first, second = (np.asarray(model.predict(IMAGES, verbose=0)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
