"""Weights of subclassed Keras models from the files that Keras writes, whatever their attributes are called."""

import importlib.util
import itertools
import sys

import numpy as np
import pytest

pytest.importorskip("keras")
pytest.importorskip("h5py")

import ivy  # noqa: E402

SOURCE = '''
import keras
from keras import layers
import numpy as np


class Block(layers.Layer):
    """Channels of (N, L, C) mixed twice, around a learned scale."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.steps = [layers.LayerNormalization(), layers.Dense(width), layers.Dense(width)]
        self.width = width
        self.share = np.linspace(0.0, 2.0, 5)[1]  # a number, and no weight

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
        self.tail = keras.Sequential([layers.Dense(self.width, name="mix"), layers.Dense(self.width)])

    def call(self, x):
        y = x
        for step in self.steps:
            y = step(y)
        return self.tail(x + self.share * self.scale * y)


class Net(keras.Model):
    """Logits of (N, L, C)."""

    def __init__(self, width=4, depth=2, **kwargs):
        super().__init__(**kwargs)
        self.entry = layers.Dense(width)
        self.stages = [Block(width) for _ in range(depth)]
        self.stages.append(layers.LayerNormalization())
        self.norm = layers.LayerNormalization()
        self.pool = layers.GlobalAveragePooling1D()
        self._head = layers.Dense(width)

    def call(self, x):
        x = self.entry(x)
        for stage in self.stages:
            x = stage(x)
        return self._head(self.pool(self.norm(x)))


class Crossed(keras.Model):
    """A list that is filled after the layer that follows it, and layers that are named in another order than made."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.middle = []
        self.outer = layers.Dense(3)
        self.middle.append(layers.Dense(3))
        self.second, self.right, self.third = layers.Dense(3, name="b"), layers.Dense(3), layers.Dense(3, name="a")

    def call(self, x):
        for layer in self.middle:
            x = layer(x)
        return self.third(self.second(self.right(self.outer(x))))


class Swapped(keras.Model):
    """Layers that become attributes in another order than they were made."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        one, two = layers.Dense(3), layers.Dense(3)
        self.right, self.left = two, one

    def call(self, x):
        return self.right(self.left(x))
'''
numbers = itertools.count()


def loaded(name, path):
    spec = importlib.util.spec_from_file_location(f"{name}_{next(numbers)}", path)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
        for helpers in ("torch_helpers", "jax_helpers", "numpy_helpers"):
            sys.modules.pop(helpers, None)
    return module


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras_files")
    source = folder / "source" / "model.py"
    source.parent.mkdir()
    source.write_text(SOURCE)
    return folder, loaded("source", source)


def saved(model, x, path):
    """What a model gives with weights that differ from one another, which are written to a file."""
    model(x)
    draw = np.random.default_rng(1)
    model.set_weights([draw.normal(size=weight.shape).astype(np.float32) for weight in model.weights])
    model.save_weights(path)
    return np.asarray(model(x))


@pytest.mark.parametrize("target", ["torch", "jax", "numpy"])
@pytest.mark.parametrize("name", ["Net", "Crossed", "Swapped"])
def test_layers_are_where_keras_saved_them(project, target, name):
    backend = pytest.importorskip({"jax": "jax.numpy"}.get(target, target))
    folder, source = project
    out = folder / f"{target}_{next(numbers)}"
    ivy.source_to_source(folder / "source", source="tensorflow", to=target, out=out)
    x = np.random.default_rng(0).random((2, 5, 3), dtype=np.float32)
    expected = saved(getattr(source, name)(), x, folder / f"{name}.weights.h5")
    model = getattr(loaded(target, out / "model.py"), name)()
    inputs = backend.asarray(x)
    before = np.asarray(model(inputs).tolist())
    assert np.abs(before - expected).max() > 1e-2
    ivy.load_weights(model, folder / f"{name}.weights.h5")
    np.testing.assert_allclose(np.asarray(model(inputs).tolist()), expected, rtol=1e-5, atol=1e-5)
