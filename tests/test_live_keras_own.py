"""Live models and classes of Keras as modules of PyTorch's own layers, and what keeps the templates."""

from __future__ import annotations

import inspect
import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402

from .test_live_models import with_values  # noqa: E402

CONVERTED = """class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv2d = Conv2d(3, 8, (3, 3), padding='same')
        self.batch_normalization = BatchNorm(8)
        self.relu = nn.ReLU()
        self.pool = GlobalAvgPool()
        self.dense = Linear(8, 5)

    def forward(self, inputs):
        x = F.relu(self.conv2d(inputs))
        x = self.batch_normalization(x)
        x = self.relu(x)
        x = self.pool(x)
        x = F.softmax(self.dense(x), dim=-1)
        return x
"""


def small():
    keras.utils.clear_session()
    inputs = keras.Input((6, 6, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    x = keras.layers.ReLU(name="relu")(keras.layers.BatchNormalization()(x))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return with_values(keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x), name="small"))


class Feed(keras.layers.Layer):
    def __init__(self, units, hidden, **kwargs):
        super().__init__(**kwargs)
        self.inner = keras.layers.Dense(hidden, activation="gelu")
        self.outer = keras.layers.Dense(units)
        self.drop = keras.layers.Dropout(0.1)

    def call(self, x):
        return self.outer(self.drop(self.inner(x)))


class Texts(keras.Model):
    def __init__(self, words=11, units=4):
        super().__init__()
        self.units = units
        self.embed = keras.layers.Embedding(words, units)
        self.blocks = [Feed(units, 2 * units) for _ in range(2)]
        self.head = keras.layers.Dense(3)

    def call(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(keras.ops.mean(x, axis=1))


class Told(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(3)

    def call(self, x, training=False):
        return self.head(self.drop(x, training=training))


def is_plain(cls) -> bool:
    return cls.__bases__ == (torch.nn.Module,)


def test_a_graph_is_a_module_of_sized_layers():
    model = small()
    converted = ivy.transpile(model, to="torch")
    text = inspect.getsource(inspect.getmodule(type(converted)))
    assert text[text.index("class ") :] == CONVERTED
    x = np.random.default_rng(0).random((2, 6, 6, 3))
    np.testing.assert_allclose(converted(x).detach(), model(x), rtol=1e-5, atol=1e-6)
    converted.train()
    np.testing.assert_allclose(converted(x).detach(), model(x, training=True), rtol=1e-4, atol=1e-5)
    moved = converted.batch_normalization.running_var.numpy()
    np.testing.assert_allclose(moved, model.layers[2].moving_variance, rtol=1e-5)


def test_a_model_of_a_class_keeps_its_weights():
    model, x = Texts(units=6), np.random.default_rng(1).integers(0, 11, (2, 5))
    model(x)
    converted = ivy.transpile(with_values(model), to="torch")
    assert is_plain(type(converted)) and converted.blocks[1].inner.in_features == 6
    np.testing.assert_allclose(converted(x).detach(), model(x), rtol=1e-5, atol=1e-6)


def test_a_class_is_a_module():
    made = ivy.transpile(Feed, to="torch")
    assert is_plain(made) and made(3, 4)(torch.ones(2, 5)).shape == (2, 3)


def test_what_may_be_told_apart_keeps_templates():
    assert not is_plain(ivy.transpile(Told, to="torch"))
    changed = Texts()
    changed(np.zeros((1, 2), "int32"))
    changed.blocks[0].drop.rate = 0.3  # not what the class makes
    assert not is_plain(type(ivy.transpile(changed, to="torch")))
    frozen = small()
    frozen.layers[2].trainable = False
    assert not is_plain(type(ivy.transpile(frozen, to="torch")))
