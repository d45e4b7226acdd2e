"""Projects whose layers of Keras need neither symbolic tensors nor masks get a short base class that computes the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

from ivy.s2s.api import source_to_source  # noqa: E402

from . import keras_layer_cases as cases  # noqa: E402

ARRAYS = {"torch": "torch.from_numpy", "jax": "jax.numpy.asarray", "numpy": "numpy.asarray"}
MODEL = '''"""A classifier of images."""
import keras
import tensorflow as tf
from keras import layers


class Block(layers.Layer):
    """Convolution, normalisation, activation."""

    def __init__(self, filters, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(rate)

    def call(self, x, training=None):
        x = self.norm(self.conv(x), training=training)
        return self.drop(tf.nn.relu(x), training=training)


class Scale(layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

    def call(self, x):
        return x * self.factor


class Classifier(keras.Model):
    def __init__(self, classes=5):
        super().__init__()
        self.blocks = [Block(4), Block(6)]
        self.pool = layers.MaxPooling2D()
        self.scale = Scale()
        self.head = keras.Sequential([layers.Flatten(), layers.Dense(8, activation="gelu"), layers.Dense(classes)])

    def call(self, x, training=False):
        for block in self.blocks:
            x = self.pool(block(x, training=training))
        return self.head(self.scale(x))
'''
RUN = """
import sys
sys.path[:0] = {folders!r}
import numpy, {framework}, ivy
from model import Classifier
x = numpy.load({images!r})
model = Classifier()
given = {array}(x)
model(given)
ivy.load_weights(model, {weights!r})
numpy.save({result!r}, numpy.asarray(model(given{mode}){detach}))
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""


def written(text, target, folder):
    """The helper module of a project of one module."""
    source = folder / "source" / "model.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text(text)
    out = folder / target
    report = source_to_source(source, source="tensorflow", to=target, out=out / "model.py")
    assert not report.errors and not report.sites["refused"], report.diagnostics
    return (out / f"{target}_helpers.py").read_text()


def models():
    """Pairs of constructors and the shapes of their inputs: each layer of the tables."""
    for name, args, kwargs, shapes in cases.CASES:
        yield name, lambda k, n=name, a=args, kw=kwargs: getattr(k, n)(*a, **kw), shapes, len(shapes) > 1
    for name, args, kwargs in cases.WRAPPED:
        yield name, lambda k, n=name, a=args, kw=kwargs: getattr(k, n)(*a(k), **kw), [cases.SEQUENCE], False


@pytest.mark.parametrize("target", ARRAYS)
def test_plain_layers_compute_what_full_ones_do(target):
    full, plain = cases.helpers_of(target), cases.helpers_of(target, plain=True)
    array = {"torch": "from_numpy"}.get(target, "asarray")
    framework = pytest.importorskip("jax.numpy" if target == "jax" else target)
    compared = 0
    for name, make, shapes, several in models():
        arrays = [getattr(framework, array)(cases.numbers(shape, seed)) for seed, shape in enumerate(shapes)]
        given = arrays if several else arrays[0]
        first, second = make(full), make(plain)
        for layer in (first, second):
            if target != "numpy":
                layer.eval()
            layer(given)
        weights = [cases.numbers(w.shape, seed) ** 2 + 0.1 for seed, w in enumerate(first.weights)]
        first.set_weights(weights)
        second.set_weights(weights)
        expected, found = cases.flat(first(given)), cases.flat(second(given))
        assert len(expected) == len(found), name
        for a, b in zip(expected, found, strict=True):
            a, b = (np.asarray(x.detach() if target == "torch" else x) for x in (a, b))
            np.testing.assert_array_equal(a, b, err_msg=name)
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("target", ARRAYS)
def test_a_model_of_plain_layers(target, tmp_path):
    helpers = written(MODEL, target, tmp_path)
    assert "Symbolic" not in helpers and "mask" not in helpers and "def count_params" not in helpers
    space: dict = {}
    exec(compile(MODEL, "model", "exec"), space)
    x = cases.numbers((3, 8, 8, 3))
    model = space["Classifier"]()
    model(x)
    cases.randomized(model)
    np.save(tmp_path / "images.npy", x)
    model.save_weights(tmp_path / "model.weights.h5")
    training = target != "numpy"
    expected = np.asarray(model(x))
    script = RUN.format(
        folders=[str(tmp_path / target)],
        framework="jax" if target == "jax" else target,
        array=ARRAYS[target],
        images=str(tmp_path / "images.npy"),
        weights=str(tmp_path / "model.weights.h5"),
        result=str(tmp_path / "result.npy"),
        mode=", training=False" if training else "",
        detach=".detach()" if target == "torch" else "",
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[1] / ".venv" / "src")
    np.testing.assert_allclose(np.load(tmp_path / "result.npy"), expected, atol=1e-5)


@pytest.mark.parametrize(
    "more",
    [
        "def build(): \n    x = keras.Input((3,))\n    return keras.Model(x, layers.Dense(3)(x))\n",
        "masked = keras.Sequential([layers.Masking(), layers.LSTM(3)])\n",
        "words = layers.Embedding(10, 3, mask_zero=True)\n",
        "first = layers.Dense(3, input_shape=(4,))\n",
        "def sizes(model):\n    return model.output_shape\n",
        "class Sum(layers.Layer):\n    def call(self, x, mask=None):\n        return x\n",
    ],
)
def test_code_that_needs_more_gets_the_full_base_class(more, tmp_path):
    assert "class Symbolic" in written(MODEL + "\n\n" + more, "torch", tmp_path)


def test_a_second_file_that_needs_more_joins_the_helpers_of_the_first(tmp_path):
    written(MODEL, "torch", tmp_path)
    other = tmp_path / "source" / "graph.py"
    other.write_text(
        "import keras\n\n\ndef build():\n    x = keras.Input((3,))\n    model = keras.Model(x, keras.layers.Dense(3)(x))\n"
        "    model.trainable = False\n    return model\n"
    )
    source_to_source(other, source="tensorflow", to="torch", out=tmp_path / "torch" / "graph.py")
    helpers = (tmp_path / "torch" / "torch_helpers.py").read_text()
    assert helpers.count("\nclass Layer(") == helpers.count("\nclass Dense(") == helpers.count("\nclass Symbolic") == 1
    assert "class LazyConv2d(" in helpers


@pytest.mark.parametrize("target", ARRAYS)
def test_a_file_that_is_converted_again_keeps_its_base_class(target, tmp_path):
    text = "import keras\n\nmodel = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\nprint(model.layers)\n"
    for _ in range(2):
        helpers = written(text, target, tmp_path)
        assert "class Symbolic" in helpers and "if isinstance(layer, Symbolic):" in helpers
