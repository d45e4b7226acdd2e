"""Tapes over Keras models, and losses that layers add, in PyTorch and JAX: the same numbers as in Keras."""

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

from . import keras_losses_source, keras_tapes_source  # noqa: E402
from .keras_running import assert_same, run_code  # noqa: E402


@functools.cache
def converted(target: str) -> types.ModuleType:
    """The cases in a target."""
    pytest.importorskip(target)
    texts = [Path(each.__file__).read_text(encoding="utf-8") for each in (keras_tapes_source, keras_losses_source)]
    return run_code("\n\n".join(texts).replace("from .keras_tapes_source import wave\n", ""), target)


@functools.cache
def data() -> dict[str, np.ndarray]:
    """Sixty examples."""
    generator = np.random.default_rng(0)
    return {
        "x": generator.standard_normal((60, 6)).astype(np.float32),
        "classes": generator.integers(0, 3, 60),
        "sizes": generator.standard_normal((60, 1)).astype(np.float32),
    }


CASES = {case.__name__: case for case in (*keras_tapes_source.CASES, *keras_losses_source.CASES)}


@functools.cache
def expected(name: str):
    """What Keras computes."""
    return CASES[name](data())


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("name", CASES)
def test_steps_give_the_same_numbers(name, target):
    assert_same(getattr(converted(target), name)(data()), expected(name))


REFUSED = {
    "changes 'losses'": """
    with tf.GradientTape() as tape:
        losses.append(model(x))
        loss = sum(losses)
    return tape.gradient(loss, model.weights)""",
    "'return' leaves": """
    with tf.GradientTape() as tape:
        return model(x, training=True)""",
    "with target and sources": """
    with tf.GradientTape() as tape:
        loss = model(x, training=True)
    return tape.gradient(loss, *losses)""",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_no_function_of_models_is_refused(reason):
    code = f"import tensorflow as tf\n\n\ndef step(model, losses, x):{REFUSED[reason]}\n"
    found = [d.message for d in convert_text(code, "tensorflow", "jax").diagnostics if d.grade == "refused"]
    assert len(found) == 1 and reason in found[0]


def test_a_model_under_another_name_is_an_error():
    """What analysis does not see raises: gradients would be lost."""
    pytest.importorskip("jax")
    code = """
import keras
import tensorflow as tf


def step(x):
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    losses = {"one": lambda x: tf.reduce_sum(model(x))}
    with tf.GradientTape() as tape:
        loss = losses["one"](x) + tf.reduce_sum(model(x, training=True))
    return tape.gradient(loss, model.trainable_variables)
"""
    with pytest.raises(RuntimeError, match="its gradients would be lost"):
        run_code(code, "jax").step(np.ones((2, 3), np.float32))


READ = """
import numpy as np
import tensorflow as tf


def read(x, data):
    y = tf.nn.softmax(x)
    return np.argmax(y, -1), np.array([y, y]), np.array([tf.reduce_sum(v) for v in x]), np.mean(data)
"""


def test_numpy_reads_tensors_as_arrays():
    """Tensors with gradients cannot be read otherwise, and their methods would give tensors."""
    code = convert_text(READ, "tensorflow", "torch", "read").code
    result = "np.argmax(y.detach().cpu().numpy(), -1)"
    assert result in code and "np.array([torch.sum(v).detach().cpu().numpy() for v in x])" in code
    assert "np.mean(data)" in code
    assert "np.argmax(y, -1)" in convert_text(READ, "tensorflow", "jax", "read").code
