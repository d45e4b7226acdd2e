"""Models of flax as models of Keras: compiled, trained, saved and loaded."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
pytest.importorskip("flax")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from .flax_targets import converted  # noqa: E402

MAKERS = '''

def make_cnn():
    return CNN(rngs=nnx.Rngs(0))


def switched(model, training):
    if training:
        model.train()
    else:
        model.eval()
'''


@pytest.fixture(scope="module")
def makers():
    """A model of flax.nnx and one of flax.linen, and inputs for them."""
    texts = [Path(__file__).with_name(f"{name}_source.py").read_text(encoding="utf-8") for name in ("nnx", "linen")]
    nnx, linen = converted(texts[0] + MAKERS, "tensorflow", "nnx"), converted(texts[1], "tensorflow", "linen")
    return {"nnx": (nnx.make_cnn, (4, 8, 8, 3)), "linen": (linen.CNN, (4, 12, 12, 4)), "switched": nnx.switched}


def images(shape):
    return tf.constant(np.random.default_rng(0).normal(size=shape).astype("float32"))


@pytest.mark.parametrize("family", ["nnx", "linen"])
def test_compiled(makers, family):
    """A graph computes what the layers do, also when it makes their weights."""
    make, shape = makers[family]
    model, x = make(), images(shape)
    if family == "nnx":
        makers["switched"](model, False)
    first = tf.function(model)(x)
    np.testing.assert_allclose(first, model(x), rtol=1e-5, atol=1e-5)
    unknown = tf.function(model, input_signature=[tf.TensorSpec([None, *shape[1:]])])
    np.testing.assert_allclose(unknown(x[:3]), model(x[:3]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", ["nnx", "linen"])
def test_trained(makers, family):
    """Keras' training lowers the loss; every trainable weight has a gradient."""
    make, shape = makers[family]
    keras.utils.set_random_seed(0)
    model, x = make(), images(shape)
    y = tf.one_hot([0, 1, 2, 3], model(x).shape[-1])
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(y, model(x))
    assert all(g is not None for g in tape.gradient(loss, [w.value for w in model.trainable_weights]))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    history = model.fit(x, y, batch_size=4, epochs=30, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize("family", ["nnx", "linen"])
def test_saved(makers, family, tmp_path):
    """Weights go to a file and into a new model."""
    make, shape = makers[family]
    model, other, x = make(), make(), images(shape)
    before, _ = model(x), other(x)
    path = tmp_path / "model.weights.h5"
    model.save_weights(path)
    other.load_weights(path)
    assert len(other.weights) == len(model.weights) > 4
    for ours, theirs in zip(other.weights, model.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_allclose(other(x), before, rtol=1e-5, atol=1e-5)


def test_mode(makers):
    """Keras' ``training`` counts for a call; without it the mode that was set does."""
    model, x = makers["nnx"][0](), images(makers["nnx"][1])
    model(x)
    before = np.array(model.batch_norm1.mean)
    model(x, training=False)
    makers["switched"](model, False)
    model(x)
    np.testing.assert_array_equal(model.batch_norm1.mean, before)
    model(x, training=True)
    assert np.abs(model.batch_norm1.mean - before).max() > 0


FIELDS = """
from typing import Any

from flax import linen as nn
import jax.numpy as jnp


class Inner(nn.Module):
    \"\"\"A layer whose size an input decides.\"\"\"

    dtype: Any = jnp.float32
    layers: int = 2

    @nn.compact
    def __call__(self, x):
        for _ in range(self.layers):
            x = x + nn.Dense(x.shape[-1], dtype=self.dtype)(x)
        return x


class Outer(nn.Module):
    width: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x):
        return Inner(dtype=self.dtype)(nn.Dense(self.width, dtype=self.dtype)(x))


def start(model, x):
    return model.init(0, x)
"""


def test_fields_that_keras_keeps_for_itself():
    """`dtype` and `layers` of classes with constructors and of classes with fields, in one project."""
    import ivy
    import jax
    from flax import linen as nn  # noqa: F401

    made = converted(FIELDS, "tensorflow", "fields")
    space: dict = {}
    exec(FIELDS, space)  # noqa: S102
    x = np.random.default_rng(0).random((2, 3), dtype=np.float32)
    source, model = space["Outer"](4), made.Outer(4)
    variables = source.init(jax.random.key(0), x)
    model(tf.constant(x))
    ivy.load_weights(model, variables)
    np.testing.assert_allclose(model(tf.constant(x)), source.apply(variables, x), rtol=1e-5, atol=1e-5)
