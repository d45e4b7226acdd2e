"""Crossentropies of Keras take the logits behind softmax and sigmoid: losses are not cut off where these saturate."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

from .keras_running import assert_same, run_code  # noqa: E402
from .test_keras_own_layers import both  # noqa: E402

BUILD = """
import keras


def build(activation, units):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units, activation=activation, kernel_initializer="ones")])


def train(model, loss, x, y):
    model.compile(keras.optimizers.SGD(0.01), loss)
    first = model.evaluate(x, y, verbose=0)
    return first, model.fit(x, y, epochs=3, verbose=0, shuffle=False).history["loss"]
"""
TAPED = """
import tensorflow as tf


def taped(model, x, y):
    optimizer, loss_fn = keras.optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy()
    found = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        found.append(float(loss))
    return found
"""
X = np.array([[50.0, -40.0], [30.0, 1.0], [0.5, 0.2]], "float32")
WEIGHTS = {2: np.array([[1.0, -1.0], [0.5, -0.7]], "float32"), 1: np.array([[1.3], [0.4]], "float32")}
CASES = [
    ("softmax", 2, "categorical_crossentropy", np.array([[0, 1], [0, 1], [1, 0]], "float32")),
    ("softmax", 2, "sparse_categorical_crossentropy", np.array([1, 1, 0])),
    ("sigmoid", 1, "binary_crossentropy", np.array([0, 0, 1], "float32")),
    ("sigmoid", 1, "binary_focal_crossentropy", np.array([[0], [0], [1]], "float32")),
]


def built(module, activation, units, array):
    model = module.build(activation, units)
    model.set_weights([array(WEIGHTS[units]), array(np.zeros(units, "float32"))])
    return model


@pytest.mark.parametrize("activation, units, loss, y", [CASES[1], CASES[2]])
def test_own_layers_that_are_fitted(activation, units, loss, y, tmp_path):
    source, target = both(BUILD.replace("activation=activation", f'activation="{activation}"'), tmp_path)
    model, converted = built(source, activation, units, np.asarray), target.build(activation, units)
    with torch.no_grad():
        converted[0].weight.copy_(torch.from_numpy(WEIGHTS[units].T))
    wanted = source.train(model, loss, X, y)
    assert wanted[0] > 17  # more than a probability of 1e-7 gives
    assert_same(target.train(converted, loss, X, y), wanted)


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_layers_in_fit_and_under_tapes(target):
    array = torch.from_numpy if target == "torch" else pytest.importorskip("jax").numpy.asarray
    source: dict = {}
    exec(BUILD + TAPED, source)  # noqa: S102
    module = type("Source", (), {key: staticmethod(value) for key, value in source.items() if callable(value)})
    converted = run_code(BUILD + TAPED, target)
    for activation, units, loss, y in CASES:
        wanted = module.train(built(module, activation, units, np.asarray), loss, X, y)
        assert_same(converted.train(built(converted, activation, units, array), loss, X, y), wanted)
    labels = np.array([1, 1, 0])
    wanted = module.taped(built(module, "softmax", 2, np.asarray), tf.constant(X), tf.constant(labels))
    assert_same(converted.taped(built(converted, "softmax", 2, array), array(X), array(labels)), wanted)
