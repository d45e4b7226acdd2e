"""Layers of Keras in PyTorch: the same weights give the same results, gradients, steps and statistics."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

from .keras_layer_cases import (  # noqa: E402  # noqa: E402
    ATTENTION,
    CASES,
    IMAGE,
    INITIALIZERS,
    INPUTS,
    SEQUENCE,
    WRAPPED,
    flat,
    helpers_of,
    numbers,
)

LOADED = [
    ("Normalization", (), {"axis": (1, -1)}, [SEQUENCE]),
    ("Normalization", (), {"axis": None, "mean": 1.0, "variance": 4.0, "invert": True}, [SEQUENCE]),
]


@pytest.fixture(scope="module")
def helpers():
    """All layers in one module."""
    return helpers_of("torch")


def randomized(layer):
    """New weights that are not at their special initial values; variances stay positive."""
    for seed, weight in enumerate(layer.weights, 10):
        value = numbers(weight.shape, seed) * 0.5
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value.astype(weight.dtype))
    if isinstance(layer, keras.layers.Normalization):
        layer.finalize_state()


def agree(theirs, ours, tolerance=2e-5):
    assert len(theirs) == len(ours)
    for expected, found in zip(theirs, ours, strict=True):
        expected, found = np.asarray(expected), found.detach().numpy()
        assert expected.dtype == found.dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * max(1.0, np.abs(expected).max()))


def same(theirs, ours, shapes, options=None, training=False, several=False):
    """Forward, gradients of weights and inputs, and the moved statistics of both layers."""
    options, arrays = options or {}, [numbers(shape, seed) for seed, shape in enumerate(shapes)]
    given, tensors = [tf.constant(a) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]

    def arguments(values):
        return values if several or len(values) == 1 else [values]

    theirs(*arguments(given), **options)
    ours.eval()(*arguments([torch.from_numpy(a) for a in arrays]), **options)
    randomized(theirs)
    ours.set_weights(theirs.get_weights())
    with tf.GradientTape() as tape:
        tape.watch(given)
        expected = flat(theirs(*arguments(given), **options, **({"training": True} if training else {})))
        total = sum(tf.reduce_sum(part * numbers(part.shape, 5)) for part in expected)
    ours.train(training)
    found = flat(ours(*arguments(tensors), **options))
    agree(expected, found)
    sum((part * torch.from_numpy(numbers(part.shape, 5))).sum() for part in found).backward()
    slopes = tape.gradient(total, [*theirs.trainable_variables, *given], unconnected_gradients="zero")
    mine = [torch.zeros_like(v) if v.grad is None else v.grad for v in (*ours.trainable_weights, *tensors)]
    agree(slopes, mine, 1e-4)
    with torch.no_grad():
        for weight in ours.trainable_weights:
            weight -= 0.1 * (0 if weight.grad is None else weight.grad)
    for weight, slope in zip(theirs.trainable_variables, slopes, strict=False):
        weight.assign_sub(0.1 * slope)
    agree(theirs.get_weights(), ours.weights, 1e-4)
    again = theirs(*arguments(given), **options)
    ours.eval()
    agree(flat(again), flat(ours(*arguments(tensors), **options)), 1e-4)


@pytest.mark.parametrize("name,args,kwargs,shapes", [*CASES, *LOADED])
def test_layer(helpers, name, args, kwargs, shapes):
    same(getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs), shapes)


@pytest.mark.parametrize("name,args,kwargs,shapes,options", INPUTS)
def test_layer_of_several_inputs(helpers, name, args, kwargs, shapes, options):
    same(getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs), shapes, options)


@pytest.mark.parametrize("name,args,kwargs,shapes,options", ATTENTION)
def test_attention(helpers, name, args, kwargs, shapes, options):
    ours, theirs = getattr(helpers, name)(*args, **kwargs), getattr(keras.layers, name)(*args, **kwargs)
    same(theirs, ours, shapes, options, several=True)


@pytest.mark.parametrize("name,args,kwargs,shapes", [case for case in CASES if case[0] == "BatchNormalization"])
def test_training_statistics(helpers, name, args, kwargs, shapes):
    same(getattr(keras.layers, name)(*args, **kwargs), getattr(helpers, name)(*args, **kwargs), shapes, training=True)


@pytest.mark.parametrize("scores", [False, True])
def test_masked_attention(helpers, scores):
    mask = np.tril(np.ones((1, 7, 7), bool), -1)
    theirs, ours = keras.layers.MultiHeadAttention(2, 3), helpers.MultiHeadAttention(2, 3)
    x = numbers(SEQUENCE)
    theirs(x, x)
    ours(torch.from_numpy(x), torch.from_numpy(x))
    ours.set_weights(theirs.get_weights())
    expected = theirs(x, x, attention_mask=mask, return_attention_scores=scores)
    found = ours(*[torch.from_numpy(x)] * 2, attention_mask=torch.from_numpy(mask), return_attention_scores=scores)
    agree(flat(expected), flat(found))


@pytest.mark.parametrize("name,args,kwargs", WRAPPED)
def test_wrapper(helpers, name, args, kwargs):
    theirs = getattr(keras.layers, name)(*args(keras.layers), **kwargs)
    same(theirs, getattr(helpers, name)(*args(helpers), **kwargs), [SEQUENCE])


@pytest.mark.parametrize("name,count", [("LSTM", 2), ("GRU", 1)])
def test_initial_state(helpers, name, count):
    theirs, ours = getattr(keras.layers, name)(5), getattr(helpers, name)(5)
    x, states = numbers(SEQUENCE), [numbers((2, 5), seed) for seed in range(count)]
    theirs(x)
    ours(torch.from_numpy(x))
    randomized(theirs)
    ours.set_weights(theirs.get_weights())
    found = ours(torch.from_numpy(x), initial_state=[torch.from_numpy(s) for s in states])
    agree([theirs(x, initial_state=[tf.constant(s) for s in states])], [found])


def test_spectral_normalization(helpers):
    theirs = keras.layers.SpectralNormalization(keras.layers.Conv2D(5, 3))
    ours = helpers.SpectralNormalization(helpers.Conv2D(5, 3))
    x = numbers(IMAGE)
    theirs(x)
    ours.eval()(torch.from_numpy(x))
    ours.train()
    before = [theirs.vector_u, theirs.layer.kernel, theirs.layer.bias]
    ours.set_weights([np.asarray(weight) for weight in before])
    agree([theirs(x, training=True)], [ours(torch.from_numpy(x))])
    agree(before, ours.weights)


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_category_encoding(helpers, mode):
    x = np.array([[1], [3]]) if mode == "one_hot" else np.array([[1, 1, 2], [0, 3, 3]])
    expected = keras.layers.CategoryEncoding(4, mode)(x)
    agree([expected], [helpers.CategoryEncoding(4, mode)(torch.from_numpy(x))])


def test_embedding(helpers):
    theirs, ours = keras.layers.Embedding(6, 3), helpers.Embedding(6, 3)
    x = np.array([[0, 5, 2]])
    theirs(x)
    ours(torch.from_numpy(x))
    ours.set_weights(theirs.get_weights())
    agree([theirs(x)], [ours(torch.from_numpy(x))])


@pytest.mark.parametrize("name,kwargs", INITIALIZERS)
def test_initializer(helpers, name, kwargs):
    """Mean, spread and bounds; the draws differ."""
    torch.manual_seed(0)
    shape = (3, 3, 60, 80)
    expected = np.asarray(getattr(keras.initializers, name)(**kwargs)(shape))
    config = {"class_name": name, "config": kwargs}
    for made in (getattr(helpers, name)(**kwargs), config, *([] if kwargs else [name])):
        found = helpers.initial(made, shape).numpy()
        spread = max(expected.std(), 1e-6)
        assert abs(found.mean() - expected.mean()) < 0.03 * spread
        assert abs(found.std() - expected.std()) < 0.02 * spread
        if name not in ("RandomNormal", "Orthogonal", "VarianceScaling"):
            assert abs(np.abs(found).max() - np.abs(expected).max()) < 0.02 * spread + 1e-7
    assert helpers.initial("he_normal", (2, 3)).shape == (2, 3)
