"""Masks beside numbers where the target's operators take none: JAX and NumPy in TensorFlow."""

import importlib

import ivy
import numpy as np
import pytest

from .programs import loaded

pytest.importorskip("tensorflow")
pytest.importorskip("jax")

LINES = """
def combined(a: {array}, b: {array}):
    equal = a == b
    counts = {module}.arange(3, dtype={module}.int32)
    return (
        equal ^ 1, equal & 1, (a > 0) | 2, 1 ^ equal, equal + 1, equal - 1, 2 * equal, equal * 0.5, equal % 2, equal // 1,
        equal / 2, 2 ** equal, (a > b) & counts, counts ^ (b > 1), equal ^ (a > 0), equal & True,
    )
"""
SOURCES = {
    "jax": "import jax\nimport jax.numpy as jnp\n" + LINES.format(array="jax.Array", module="jnp"),
    "numpy": "import numpy as np\n" + LINES.format(array="np.ndarray", module="np"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_masks_and_numbers_in_tensorflow(source, tmp_path):
    import tensorflow as tf

    array = importlib.import_module("jax.numpy").asarray if source == "jax" else np.asarray
    before = tmp_path / f"masks_of_{source}.py"
    before.write_text(SOURCES[source])
    report = ivy.source_to_source(before, source=source, to="tensorflow", out=tmp_path / f"made_of_{source}.py")
    assert not report.sites["refused"]
    values = np.array([1.0, -2.0, 3.0], np.float32), np.array([1.0, 2.0, 3.0], np.float32)
    expected = loaded(before, before.stem).combined(*map(array, values))
    found = loaded(tmp_path / f"made_of_{source}.py", f"made_of_{source}").combined(*map(tf.constant, values))
    for number, (want, have) in enumerate(zip(expected, found, strict=True)):
        np.testing.assert_array_equal(have, want, err_msg=str(number))
        assert have.dtype.name == str(want.dtype), number
