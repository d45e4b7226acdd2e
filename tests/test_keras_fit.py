"""Keras' own training loop in PyTorch and JAX: the same numbers from the same weights, in the same order of batches."""

from __future__ import annotations

import functools
import os
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow")

from ivy.s2s.pipeline import convert_text  # noqa: E402

from . import keras_fit_source as source  # noqa: E402
from .keras_running import assert_same, run_code  # noqa: E402


@functools.cache
def converted(target: str) -> types.ModuleType:
    """The cases in a target; NumPy alone refuses what trains."""
    return run_code(Path(source.__file__).read_text(encoding="utf-8"), target, refuses=target == "numpy")


@functools.cache
def data() -> dict[str, np.ndarray]:
    """Sixty examples with targets of several kinds."""
    generator = np.random.default_rng(0)
    classes = generator.integers(0, 3, 60)
    return {
        "x": generator.standard_normal((60, 8)),
        "classes": classes,
        "one_hot": np.eye(3, dtype=np.float32)[classes],
        "weights": generator.random(60),
        "binary": generator.integers(0, 2, (60, 1)),
        "sizes": generator.standard_normal((60, 1)).astype(np.float32),
        "tokens": generator.integers(0, 10, (60, 6)) * (np.arange(6) < generator.integers(1, 7, (60, 1))),
        "tags": generator.integers(0, 4, (60, 6)),
    }


def built(cases: types.ModuleType, name: str):
    """A new model with its weights."""
    model = cases.CASES[name]()
    if model.built is False or not model.weights:
        model.predict_on_batch(data()["x"][:2].astype(np.float32))
    return model


@functools.cache
def expected(name: str):
    """What Keras computes, and the weights before."""
    source.keras.backend.clear_session()
    source.keras.utils.set_random_seed(1)
    model = built(source, name)
    before = model.get_weights()
    return getattr(source, name)(model, data()), before


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("name", source.CASES)
def test_training_gives_the_same_numbers(name, target):
    pytest.importorskip(target)
    wanted, before = expected(name)
    model = built(converted(target), name)
    model.set_weights(before)
    assert_same(getattr(converted(target), name)(model, data()), wanted)


def test_numpy_evaluates_and_predicts():
    wanted, before = expected("tested")
    model = built(converted("numpy"), "tested")
    model.set_weights(before)
    assert_same(converted("numpy").tested(model, data()), wanted)


def test_numpy_refuses_to_train():
    with pytest.raises(NotImplementedError, match="NumPy does not train"):
        converted("numpy").classified(built(converted("numpy"), "classified"), data())


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_weights_are_saved_and_read(target, tmp_path):
    pytest.importorskip(target)
    model, other = (built(converted(target), "regression") for _ in range(2))
    model.save_weights(tmp_path / "model.weights")
    other.load_weights(tmp_path / "model.weights")
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    source.two_headed().save_weights(tmp_path / "keras.weights.h5")
    with pytest.raises(ValueError, match="ivy-s2s weights"):
        other.load_weights(tmp_path / "keras.weights.h5")


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_data_is_prepared_alike(target):
    pytest.importorskip(target)
    assert_same(converted(target).prepared(), source.prepared())


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_names_that_are_only_known_later(target):
    """A name without counterpart is refused, one from elsewhere is looked up when the code runs."""
    pytest.importorskip(target)
    code = "import keras\n\n\ndef prepare(model, loss, rule):\n    model.compile(optimizer=rule, loss=loss, metrics=['mse'])\n"
    result = convert_text(code, "tensorflow", target, "late")
    assert "optimizer=named_optimizer(rule)," in result.code and "loss=named_losses(loss)," in result.code
    refused = convert_text(code.replace("=rule", "='muon'"), "tensorflow", target, "late")
    assert [d.api for d in refused.diagnostics] == ["keras.Model.compile"]


def test_steps_of_embeddings_are_told_to_differ():
    """Keras on TensorFlow squares the gradient of each occurrence of a word."""
    code = """
import keras


def build(rule="sgd"):
    model = keras.Sequential([keras.layers.Embedding(10, 4), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.compile(keras.optimizers.RMSprop(0.1), "mse")
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model
"""
    found = convert_text(code, "tensorflow", "torch").diagnostics
    said = [d.api for d in found if "squares the gradient" in d.message]
    assert said == ["adam", "keras.optimizers.RMSprop"]
    other = convert_text(code.replace("Embedding(10, 4)", "Dense(3)"), "tensorflow", "torch")
    assert not other.diagnostics
