"""Layers of Keras in JAX: the same weights give the same results, gradients and statistics."""

from __future__ import annotations

import operator
import os
import sys
import types

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import keras_layer_cases as cases  # noqa: E402
from .keras_layer_cases import IMAGE, SEQUENCE, agree, flat, numbers, randomized  # noqa: E402


@pytest.fixture(scope="module")
def helpers():
    """All layers in one module."""
    return cases.helpers_of("jax")


def same(theirs, ours, shapes, options=None, training=False, several=False):
    """Forward, gradients of weights and inputs, and the moved statistics of both layers, ours under nnx.jit."""
    options, arrays = options or {}, [numbers(shape, seed) for seed, shape in enumerate(shapes)]
    given = [tf.constant(array) for array in arrays]

    def arguments(values):
        return values if several or len(values) == 1 else [values]

    def loss(layer, inputs):
        outputs = flat(layer(*arguments(inputs), **options))
        return sum((part * numbers(part.shape, 5)).sum() for part in outputs), outputs

    @nnx.jit
    def both(layer, inputs):
        return nnx.grad(loss, argnums=(0, 1), has_aux=True)(layer, inputs)

    theirs(*arguments(given), **options)
    jax.eval_shape(lambda inputs: ours(*arguments(inputs), **options, training=False), arrays)
    randomized(theirs)
    ours.set_weights(theirs.get_weights())
    with tf.GradientTape() as tape:
        tape.watch(given)
        expected = flat(theirs(*arguments(given), **options, **({"training": True} if training else {})))
        total = sum(tf.reduce_sum(part * numbers(part.shape, 5)) for part in expected)
    slopes = tape.gradient(total, [*theirs.trainable_variables, *given], unconnected_gradients="zero")
    ours.train() if training else ours.eval()
    (state, inputs), outputs = both(ours, arrays)
    agree(expected, outputs)
    agree(theirs.get_weights(), [weight[...] for weight in ours.weights])
    nnx.update(ours, state)
    agree(slopes, [*(weight[...] for weight in ours.trainable_weights), *inputs], 1e-4)


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


@pytest.mark.parametrize("name,args,kwargs,shapes", [case for case in cases.CASES if case[0] == "BatchNormalization"])
def test_training_statistics(helpers, name, args, kwargs, shapes):
    same(getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs), shapes, training=True)


def test_spectral_normalization(helpers):
    theirs = keras.layers.SpectralNormalization(keras.layers.Conv2D(5, 3))
    ours = helpers.SpectralNormalization(helpers.Conv2D(5, 3))
    x = numbers(IMAGE)
    theirs(x)
    ours(x, training=False)
    before = [theirs.vector_u, theirs.layer.kernel, theirs.layer.bias]
    ours.set_weights([np.asarray(weight) for weight in before])
    agree([theirs(x, training=True)], [ours(x, training=True)])
    agree(before, [weight[...] for weight in ours.weights])


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


@pytest.mark.parametrize("name", ["Dropout", "SpatialDropout1D", "GaussianDropout", "AlphaDropout"])
def test_dropout(helpers, name):
    """Nothing changes until `train()`; then about a half is dropped, the mean stays, and each call draws anew."""
    layer, x = getattr(helpers, name)(0.5), np.ones((60, 10, 50), np.float32)
    agree([x], [layer(x)])
    layer.train()
    first, second = (np.asarray(nnx.jit(lambda layer, x: layer(x))(layer, x)) for _ in range(2))
    assert (first != second).any()
    assert abs(first.mean() - (1.0 if name != "AlphaDropout" else first.mean())) < 0.1
    if name != "GaussianDropout":
        assert abs((first == first.min()).mean() - 0.5) < 0.05
    layer.eval()
    agree([x], [layer(x)])


def test_learned_normalization(helpers):
    theirs, ours, x = keras.layers.Normalization(), helpers.Normalization(), numbers(SEQUENCE)
    theirs.adapt(x)
    ours(x)
    ours.set_weights(theirs.get_weights())
    agree([theirs(x)], [ours(x)])


def test_recurrent_dropout(helpers):
    """Each call under nnx.jit draws masks anew; without training there are none."""
    layer, x = helpers.GRU(5, dropout=0.4, recurrent_dropout=0.4), numbers(SEQUENCE)
    expected = layer(x, training=False)
    layer.train()
    first, second = (np.asarray(nnx.jit(lambda layer, x: layer(x))(layer, x)) for _ in range(2))
    assert (first != second).any()
    layer.eval()
    agree([expected], [nnx.jit(lambda layer, x: layer(x))(layer, x)])


@pytest.mark.parametrize("name,kwargs", cases.INITIALIZERS)
def test_initializer(helpers, name, kwargs):
    """Mean, spread and bounds; the draws differ."""
    shape = (3, 3, 60, 80)
    expected = np.asarray(getattr(keras.initializers, name)(**kwargs)(shape))
    nnx.reseed(helpers.process_rngs(), default=0)
    made = [getattr(helpers, name)(**kwargs)(shape)] + ([] if kwargs else [helpers.initial(name, shape)])
    for found in map(np.asarray, made):
        spread = max(expected.std(), 1e-6)
        assert abs(found.mean() - expected.mean()) < 0.03 * spread
        assert abs(found.std() - expected.std()) < 0.02 * spread


def subclassed(k):
    """A model of layers in lists and dictionaries whose block makes a weight of its own."""

    class Scaled(k.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.dense, self.drop = k.Dense(units, activation="relu"), k.Dropout(0.3)

        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
            self.dense.build(input_shape)

        def call(self, x, training=None):
            return self.drop(self.dense(x * self.scale), training=training) + (1.0 if training else 0.0)

    class Net(k.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [Scaled(4) for _ in range(2)]
            self.pairs = {"one": k.Dense(4), "two": k.BatchNormalization()}

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            return self.pairs["two"](self.pairs["one"](x))

    return Net()


def test_subclassed_model(helpers):
    theirs, ours = subclassed(types.SimpleNamespace(**{**vars(keras), **vars(keras.layers)})), subclassed(helpers)
    with pytest.raises(RuntimeError, match="call it once before it is transformed"):
        nnx.jit(lambda model, x: model(x))(subclassed(helpers), numbers((3, 4)))
    x = numbers((3, 4))
    theirs(x)
    ours(x, training=False)
    randomized(theirs)
    for mine, other in zip(ours.blocks, theirs.blocks, strict=True):
        mine.set_weights(other.get_weights())
    for name, layer in theirs.pairs.items():
        ours.pairs[name].set_weights(layer.get_weights())
    expected = [theirs(x)]
    agree(expected, [ours(x, training=False)])
    ours.eval()
    agree(expected, [nnx.jit(lambda model, x: model(x))(ours, x)])
    agree(expected, [jax.vmap(lambda x: ours(x[None])[0])(x)])
    before = [weight[...] for weight in ours.trainable_weights]
    ours.train()
    nnx.jit(lambda model, x: model(x))(ours, x)
    agree(before, [weight[...] for weight in ours.trainable_weights])
    kinds = ["Scaled", "Scaled", "Dense", "BatchNormalization"]
    assert [type(layer).__name__ for layer in ours.layers] == kinds


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
    ours.eval()
    inputs = [numbers((2, 4)), numbers((2, 3), 1)]
    agree(theirs(inputs), ours(inputs))
    agree(theirs(inputs), nnx.jit(lambda model, inputs: model(inputs))(ours, inputs))
    assert [layer.name for layer in ours.layers[:2]] == [layer.name for layer in theirs.layers[:2]]
    ours.trainable = False
    assert not ours.trainable_weights and len(ours.weights) == len(theirs.weights)
    agree(theirs(inputs), ours(inputs))
    ours.trainable = True
    assert len(ours.trainable_weights) == len(theirs.trainable_weights)


def test_symbolic_tensors_are_refused_by_functions(helpers):
    with pytest.raises(TypeError, match="Symbolic"):
        jax.numpy.exp(helpers.Input((3,)))


@pytest.mark.slow
@pytest.mark.parametrize("name", cases.MODELS)
def test_application(name, monkeypatch):
    """Models of keras.applications that are read as source text compute the same."""
    from ivy.s2s.live.keras_graph import graph_source

    size = cases.MODELS[name]
    theirs = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(size, size, 3))
    source = graph_source(theirs, name)
    result = convert_text(source.text, "tensorflow", "jax")
    module = types.ModuleType("jax_helpers")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(helper_module(result.helpers, load()["jax"]), module.__dict__)
    space = {"__name__": "model"}
    exec(result.code, space)
    ours, x = space[name](), numbers((1, size, size, 3))
    jax.eval_shape(lambda x: ours(x, training=False), x)
    for path, placed in source.layers.items():
        for weight in placed.layer.weights:
            getattr(operator.attrgetter(path)(ours), weight.name)[...] = np.asarray(weight)
    ours.eval()
    expected, found = np.asarray(theirs(x, training=False)), nnx.jit(lambda model, x: model(x))(ours, x)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
