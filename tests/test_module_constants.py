"""What small questions about arrays give: module constants of known dtype, narrow integers, ties, empty segments."""

import importlib

import ivy
import numpy as np
import pytest

from .programs import loaded

pytest.importorskip("tensorflow")
pytest.importorskip("jax")

TENSORFLOW = """
import tensorflow as tf

COUNTS = tf.constant([[1, -7, 3], [4, 0, -2]])
PIXELS = tf.constant([[[[10, 200, 255], [0, 90, 31]], [[7, 128, 64], [250, 3, 99]]]], dtype=tf.uint8)
VALUES = tf.constant([[3.0, -1.5, 2.0, 2.0], [0.0, 7.25, -3.0, 7.25], [1.0, 1.0, 1.0, 1.0]])


def answers():
    return [
        tf.reduce_mean(COUNTS), tf.reduce_mean(COUNTS, axis=0), tf.math.reduce_euclidean_norm(COUNTS, axis=1),
        tf.reduce_sum(PIXELS), tf.reduce_sum(PIXELS, axis=1), tf.math.top_k(VALUES, 3).indices,
        tf.math.segment_max(VALUES, [0, 0, 2]), tf.math.segment_min(VALUES, [0, 0, 2]),
        tf.one_hot([0, 2], 3, on_value=5, off_value=-1), tf.one_hot([0, 2], 3, on_value=True, off_value=False),
        tf.dynamic_partition([1, 2, 3, 4], [1, 0, 1, 0], 2)[0],
        tf.math.unsorted_segment_max(VALUES, [2, -1, 2], 4),
        tf.saturate_cast([-3.0, 300.0, 7.6], tf.uint8), tf.saturate_cast(tf.constant([-3, 300, 7]), tf.uint8),
    ]


def images():
    return [
        tf.image.adjust_brightness(PIXELS, 0.2), tf.image.adjust_contrast(PIXELS, 2.0),
        tf.image.adjust_gamma(PIXELS, 2.0), tf.image.adjust_saturation(PIXELS, 0.5), tf.image.adjust_hue(PIXELS, 0.1),
        tf.image.rgb_to_grayscale(PIXELS), tf.image.per_image_standardization(PIXELS),
        tf.image.adjust_brightness(tf.cast(PIXELS, tf.float32), 0.2),
    ]
"""
JAX = """
import jax
import jax.numpy as jnp
from jax import lax

MASK = jnp.array([[True, False, True], [False, False, True]])
VALUES = jnp.array([[3.0, -1.5, 2.0, 2.0], [0.0, 7.25, -3.0, 7.25], [1.0, 1.0, 1.0, 1.0]])


def answers():
    x = jnp.array([300.0, -1.0, 2.7])
    return [
        MASK * 2, MASK.mean(), VALUES.astype(jnp.uint8), x.astype(jnp.int8), x.astype(jnp.uint8),
        jnp.clip(x, 0, 255).astype(jnp.uint8), jnp.array([300, -1, 2]).astype(jnp.uint8), lax.top_k(VALUES, 3)[1],
        jax.ops.segment_prod(VALUES[:, 0], jnp.array([0, 1, -1]), 3),
    ]
"""
RETURNED = """
import tensorflow as tf

SCALE = tf.constant([2, 3])
STEPS = tf.constant([1, 2])
STEPS = tf.constant([1.5, 2.0])
TOTAL = tf.constant([1, 2])
PAIR = tf.constant([1, 2])
PAIR, OTHER = tf.constant([1.5, 2.0]), 3


def grow():
    global TOTAL
    TOTAL = tf.constant([0.5, 1.0])


def answers():
    grow()
    return [tf.reduce_mean(SCALE), tf.reduce_mean(STEPS), tf.reduce_mean(TOTAL), tf.reduce_mean(PAIR)]
"""


def compared(text, source, target, tmp_path, names):
    """The results of functions and of what they are converted to, as arrays."""
    before, after = tmp_path / f"asked_{source}.py", tmp_path / f"answered_{source}_{target}.py"
    before.write_text(text)
    report = ivy.source_to_source(before, source=source, to=target, out=after)
    assert not report.sites["refused"]
    old, new = loaded(before, before.stem), loaded(after, after.stem)
    for name in names:
        expected, found = getattr(old, name)(), getattr(new, name)()
        yield from zip(expected, found, strict=True)


def array(x):
    """Any framework's array in NumPy."""
    return np.asarray(x)


def check(pairs):
    """Equal values; integers stay integers and floats floats."""
    for number, (expected, found) in enumerate(pairs):
        expected, found = array(expected), array(found)
        assert expected.dtype.kind == found.dtype.kind, number
        np.testing.assert_allclose(expected.astype(float), found.astype(float), rtol=1e-5, atol=1e-5, err_msg=str(number))


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
def test_questions_of_tensorflow(target, tmp_path):
    importlib.import_module(target)
    check(compared(TENSORFLOW, "tensorflow", target, tmp_path, ["answers", "images"]))


@pytest.mark.parametrize("target", ["torch", "tensorflow"])
def test_questions_of_jax(target, tmp_path):
    importlib.import_module(target)
    check(compared(JAX, "jax", target, tmp_path, ["answers"]))


def test_names_that_are_bound_again_have_no_known_dtype(tmp_path):
    check(compared(RETURNED, "tensorflow", "jax", tmp_path, ["answers"]))
