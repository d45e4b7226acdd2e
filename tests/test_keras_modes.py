"""A mode that a layer is told holds for the layers that are called after it, as in Keras; in graphs it does not."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from . import sampling  # noqa: E402
from .converted_text import converted  # noqa: E402

SOURCE = """
import keras
from keras import layers


class Inner(layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.5)

    def call(self, x, training=None):
        return self.drop(x)


class Told(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = Inner(), layers.Dropout(0.5), Inner()

    def call(self, x):
        first = self.first(x, training=False)
        return first, self.second(x), self.third(x), self.second(x, training=True), self.third(x)


class Passed(Told):
    def call(self, x, training=None):
        return self.first(x, training=False), self.second(x), self.third(x, training=training), self.second(x)


class Around(keras.Model):
    def __init__(self):
        super().__init__()
        self.told, self.chain = Told(), keras.Sequential([layers.Dropout(0.5), Inner()])
        self.last = layers.Dropout(0.5)

    def call(self, x):
        return self.chain(x), *self.told(x), self.last(x), self.chain(x, training=False), self.last(x)


def graph():
    x = keras.Input((64,))
    base = keras.Sequential([layers.Dropout(0.5)])
    y = base(x, training=False)
    return keras.Model(x, [y, layers.Dropout(0.5)(y), Inner()(y)])
"""
MODELS = ["Told", "Passed", "Around", "graph"]


def dropped(model, x, **mode) -> list[bool]:
    """Which of the outputs lack elements."""
    return [bool((np.asarray(getattr(y, "detach", lambda y=y: y)()) == 0).any()) for y in model(x, **mode)]


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("name", MODELS)
def test_layers_are_in_the_mode_that_keras_gives_them(name, target):
    pytest.importorskip(target)
    space: dict = {}
    exec(SOURCE, space)  # noqa: S102
    x = np.ones((2, 64), np.float32)
    theirs, ours = space[name](), getattr(converted(SOURCE, "tensorflow", target), name)()
    for mode in ({"training": True}, {"training": False}, {"training": True}):
        expected = dropped(theirs, keras.ops.convert_to_tensor(x), **mode)
        assert dropped(ours, sampling.to_framework(x, target), **mode) == expected
