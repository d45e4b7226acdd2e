"""Layers of Keras in NumPy: the same weights give the same results."""

from __future__ import annotations

import operator
import os
import sys
import types

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

import ivy  # noqa: E402
from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import keras_layer_cases as cases  # noqa: E402
from .converted_text import converted  # noqa: E402
from .keras_layer_cases import IMAGE, SEQUENCE, agree, flat, numbers, randomized  # noqa: E402


@pytest.fixture(scope="module")
def helpers():
    """All layers in one module."""
    return cases.helpers_of("numpy")


def same(theirs, ours, shapes, options=None, several=False):
    """The results of both layers; the inputs are float64, which layers compute in float32."""
    options, inputs = options or {}, [numbers(shape, seed) for seed, shape in enumerate(shapes)]
    given = inputs if several or len(inputs) == 1 else [inputs]
    theirs(*given, **options)
    randomized(theirs)
    wide = [x.astype(np.float64) for x in inputs]
    wide = wide if several or len(wide) == 1 else [wide]
    ours(*wide, **options)
    ours.set_weights(theirs.get_weights())
    agree(flat(theirs(*given, **options)), flat(ours(*wide, **options)))


@pytest.mark.parametrize("name,args,kwargs,shapes", cases.CASES)
def test_layer(helpers, name, args, kwargs, shapes):
    same(getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs), shapes)


@pytest.mark.parametrize("name,args,kwargs,shapes,options", cases.INPUTS)
def test_layer_of_several_inputs(helpers, name, args, kwargs, shapes, options):
    same(getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs), shapes, options)


@pytest.mark.parametrize("name,args,kwargs,shapes,options", cases.ATTENTION)
def test_attention(helpers, name, args, kwargs, shapes, options):
    theirs, ours = getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs)
    same(theirs, ours, shapes, options, several=True)


@pytest.mark.parametrize("name,args,kwargs", cases.WRAPPED)
def test_wrapper(helpers, name, args, kwargs):
    theirs = getattr(keras.layers, name)(*args(keras.layers), **kwargs)
    same(theirs, getattr(helpers, name)(*args(helpers), **kwargs), [SEQUENCE])


def test_spectral_normalization(helpers):
    theirs = keras.layers.SpectralNormalization(keras.layers.Conv2D(5, 3))
    ours = helpers.SpectralNormalization(helpers.Conv2D(5, 3))
    x = numbers(IMAGE)
    theirs(x)
    ours(x)
    ours.layer.set_weights(theirs.layer.get_weights())
    agree([theirs(x)], [ours(x)])


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_category_encoding(helpers, mode):
    x = np.array([[1], [3]]) if mode == "one_hot" else np.array([[1, 1, 2], [0, 3, 3]])
    agree([keras.layers.CategoryEncoding(4, mode)(x)], [helpers.CategoryEncoding(4, mode)(x)])


def test_embedding(helpers):
    theirs, ours = keras.layers.Embedding(6, 3), helpers.Embedding(6, 3)
    x = np.array([[0, 5, 2]])
    theirs(x)
    ours(x)
    ours.set_weights(theirs.get_weights())
    agree([theirs(x)], [ours(x)])


def test_learned_normalization(helpers):
    theirs, ours, x = keras.layers.Normalization(), helpers.Normalization(), numbers(SEQUENCE)
    theirs.adapt(x)
    ours(x)
    ours.set_weights(theirs.get_weights())
    agree([theirs(x)], [ours(x)])


@pytest.mark.parametrize("name,kwargs", cases.INITIALIZERS)
def test_initializer(helpers, name, kwargs):
    """Mean, spread and bounds; the draws differ."""
    helpers.default_generator().bit_generator.state = np.random.default_rng(0).bit_generator.state
    shape = (3, 3, 60, 80)
    expected = np.asarray(getattr(keras.initializers, name)(**kwargs)(shape))
    made = [getattr(helpers, name)(**kwargs)(shape)] + ([] if kwargs else [helpers.initial(name, shape)])
    for found in made:
        spread = max(expected.std(), 1e-6)
        assert abs(found.mean() - expected.mean()) < 0.03 * spread
        assert abs(found.std() - expected.std()) < 0.02 * spread
    assert helpers.initial("he_normal", (2, 3)).shape == (2, 3)


def functional(k):
    """A model from a graph with a shared layer, a nested model, arithmetic and two inputs."""
    x, y = k.Input((4,), name="x"), k.Input((3,), name="y")
    shared = k.Dense(5, activation="relu", name="shared")
    inner_input = k.Input((5,))
    inner = k.Model(inner_input, k.Dense(5)(inner_input) + inner_input, name="inner")
    body = k.Sequential([k.Dense(4, activation="tanh"), k.Dropout(0.5), k.Dense(5)], name="body")
    total = inner(shared(x)) * 2.0 - shared(k.Dense(4)(y)) + body(y)
    return k.Model([x, y], [k.BatchNormalization()(total), total[:, :2]])


def test_functional_model(helpers):
    theirs, ours = functional(types.SimpleNamespace(**{**vars(keras), **vars(keras.layers)})), functional(helpers)
    randomized(theirs)
    ours.set_weights(theirs.get_weights())
    inputs = [numbers((2, 4)), numbers((2, 3), 1)]
    agree(theirs(inputs), ours(inputs))
    assert [layer.name for layer in ours.layers[:2]] == [layer.name for layer in theirs.layers[:2]]


def test_training_is_refused(helpers):
    with pytest.raises(NotImplementedError, match="for inference only"):
        helpers.Dropout(0.5)(numbers(SEQUENCE), training=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", cases.MODELS)
def test_application(name, monkeypatch):
    """Models of keras.applications that are read as source text compute the same."""
    from ivy.s2s.live.keras_graph import graph_source

    size = cases.MODELS[name]
    theirs = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(size, size, 3))
    source = graph_source(theirs, name)
    result = convert_text(source.text, "tensorflow", "numpy")
    module = types.ModuleType("numpy_helpers")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(helper_module(result.helpers, load()["numpy"]), module.__dict__)
    space = {"__name__": "model"}
    exec(result.code, space)
    ours, x = space[name](), numbers((1, size, size, 3))
    ours(x)
    for path, placed in source.layers.items():
        for weight in placed.layer.weights:
            getattr(operator.attrgetter(path)(ours), weight.name)[...] = np.asarray(weight)
    expected = np.asarray(theirs(x, training=False))
    np.testing.assert_allclose(ours(x), expected, atol=1e-4 * np.abs(expected).max())


TABLE = '''
import keras
import tensorflow as tf


class Table(keras.layers.Layer):
    def __init__(self, n):
        super().__init__()
        self.table = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")
        self.positions = tf.range(n)

    def call(self, x):
        return x * self.scale + tf.gather(self.table, self.positions)
'''


def test_arrays_that_a_layer_holds_are_no_weights():
    original: dict = {}
    exec(TABLE, original)
    theirs, ours = original["Table"](2), converted(TABLE, "tensorflow", "numpy").Table(2)
    theirs.scale.assign([3.0, -1.0])
    assert len(ours.weights) == len(theirs.weights) == 1
    ivy.load_weights(ours, theirs)
    x = numbers((2, 2))
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-6)
