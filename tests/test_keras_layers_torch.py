"""Layers of Keras in PyTorch: the same weights give the same results, gradients, steps and statistics."""

from __future__ import annotations

import os
import types

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

IMAGE, SEQUENCE, VOLUME = (2, 8, 9, 4), (2, 7, 4), (2, 5, 6, 4, 3)
# (layer, positional arguments, keyword arguments, shapes of the inputs)
CONVOLUTIONS = [
    ("Conv1D", (5, 3), {"padding": "causal", "dilation_rate": 2, "activation": "relu"}, [SEQUENCE]),
    ("Conv1D", (6, 3), {"strides": 2, "padding": "same", "groups": 2}, [SEQUENCE]),
    ("Conv2D", (5, 3), {"strides": 2, "padding": "same"}, [IMAGE]),
    ("Conv2D", (5, (3, 2)), {"dilation_rate": 2, "use_bias": False, "activation": "gelu"}, [IMAGE]),
    ("Conv3D", (5, 3), {"padding": "same"}, [VOLUME]),
    ("Conv1DTranspose", (5, 3), {"strides": 2, "padding": "same"}, [SEQUENCE]),
    ("Conv1DTranspose", (5, 2), {"strides": 3}, [SEQUENCE]),
    ("Conv2DTranspose", (5, 3), {"strides": 2, "padding": "same"}, [IMAGE]),
    ("Conv2DTranspose", (5, 4), {"strides": 2, "padding": "same"}, [IMAGE]),
    ("Conv2DTranspose", (5, 3), {"strides": (2, 1), "activation": "relu"}, [IMAGE]),
    ("Conv2DTranspose", (5, 2), {"strides": 3, "padding": "same"}, [IMAGE]),
    ("Conv2DTranspose", (5, 3), {"strides": 2, "padding": "same", "output_padding": 1}, [IMAGE]),
    ("Conv3DTranspose", (5, 3), {"strides": 2, "padding": "same"}, [VOLUME]),
    ("DepthwiseConv1D", (3,), {"strides": 2, "padding": "same"}, [SEQUENCE]),
    ("DepthwiseConv2D", (3,), {"depth_multiplier": 2, "padding": "same"}, [IMAGE]),
    ("SeparableConv1D", (5, 3), {"padding": "same"}, [SEQUENCE]),
    ("SeparableConv2D", (5, 3), {"strides": 2, "padding": "same", "depth_multiplier": 2}, [IMAGE]),
]
POOLING = [
    ("MaxPooling1D", (), {"pool_size": 3, "strides": 2, "padding": "same"}, [SEQUENCE]),
    ("MaxPooling2D", (), {}, [IMAGE]),
    ("MaxPooling3D", (), {"pool_size": 2, "padding": "same"}, [VOLUME]),
    ("AveragePooling1D", (2,), {}, [SEQUENCE]),
    ("AveragePooling2D", (3,), {"strides": 2, "padding": "same"}, [IMAGE]),
    ("AveragePooling3D", (2,), {"padding": "same"}, [VOLUME]),
    ("GlobalAveragePooling1D", (), {}, [SEQUENCE]),
    ("GlobalAveragePooling2D", (), {"keepdims": True}, [IMAGE]),
    ("GlobalAveragePooling3D", (), {}, [VOLUME]),
    ("GlobalMaxPooling1D", (), {}, [SEQUENCE]),
    ("GlobalMaxPooling2D", (), {}, [IMAGE]),
    ("GlobalMaxPooling3D", (), {}, [VOLUME]),
]
SHAPING = [
    ("ZeroPadding1D", (), {"padding": (1, 2)}, [SEQUENCE]),
    ("ZeroPadding2D", (), {"padding": ((1, 2), (0, 3))}, [IMAGE]),
    ("ZeroPadding3D", (), {"padding": 2}, [VOLUME]),
    ("Cropping1D", (), {"cropping": (1, 2)}, [SEQUENCE]),
    ("Cropping2D", (), {"cropping": ((1, 2), (0, 3))}, [IMAGE]),
    ("Cropping3D", (), {"cropping": 1}, [VOLUME]),
    ("UpSampling1D", (), {"size": 3}, [SEQUENCE]),
    ("UpSampling2D", (), {"size": (2, 3)}, [IMAGE]),
    ("UpSampling2D", (), {"interpolation": "bilinear"}, [IMAGE]),
    ("UpSampling2D", (), {"interpolation": "bicubic"}, [IMAGE]),
    ("UpSampling3D", (), {"size": (1, 2, 3)}, [VOLUME]),
    ("Resizing", (5, 13), {}, [IMAGE]),
    ("Resizing", (5, 13), {"interpolation": "nearest"}, [IMAGE]),
    ("Resizing", (5, 13), {"antialias": True}, [IMAGE]),
    ("CenterCrop", (4, 5), {}, [IMAGE]),
    ("CenterCrop", (10, 5), {}, [IMAGE]),
    ("Flatten", (), {}, [IMAGE]),
    ("Reshape", ((-1, 3),), {}, [(2, 4, 6)]),
    ("Permute", ((2, 1),), {}, [SEQUENCE]),
    ("RepeatVector", (3,), {}, [(2, 5)]),
    ("Identity", (), {}, [SEQUENCE]),
    ("Rescaling", (1 / 255,), {"offset": -0.5}, [SEQUENCE]),
    ("Add", (), {}, [SEQUENCE, SEQUENCE, SEQUENCE]),
    ("Subtract", (), {}, [SEQUENCE, SEQUENCE]),
    ("Multiply", (), {}, [SEQUENCE, (2, 1, 4)]),
    ("Maximum", (), {}, [SEQUENCE, SEQUENCE]),
    ("Minimum", (), {}, [SEQUENCE, SEQUENCE]),
    ("Average", (), {}, [SEQUENCE, SEQUENCE, SEQUENCE]),
    ("Concatenate", (), {"axis": 1}, [SEQUENCE, SEQUENCE]),
    ("Dot", (), {"axes": 1}, [(2, 5), (2, 5)]),
    ("Dot", (), {"axes": (2, 1), "normalize": True}, [(2, 3, 5), (2, 5, 4)]),
    ("Dot", (), {"axes": -1}, [(2, 3, 5), (2, 5)]),
]
ELEMENTWISE = [
    ("ReLU", (), {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, [SEQUENCE]),
    ("LeakyReLU", (), {}, [SEQUENCE]),
    ("ELU", (), {"alpha": 0.7}, [SEQUENCE]),
    ("PReLU", (), {"shared_axes": [1]}, [SEQUENCE]),
    ("Softmax", (), {"axis": 1}, [SEQUENCE]),
    ("Softmax", (), {"axis": (1, 2)}, [SEQUENCE]),
    ("GaussianNoise", (0.5,), {}, [SEQUENCE]),
    ("GaussianDropout", (0.5,), {}, [SEQUENCE]),
    ("AlphaDropout", (0.5,), {}, [SEQUENCE]),
    ("Dropout", (0.5,), {}, [SEQUENCE]),
    ("SpatialDropout1D", (0.5,), {}, [SEQUENCE]),
    ("SpatialDropout2D", (0.5,), {}, [IMAGE]),
    ("SpatialDropout3D", (0.5,), {}, [VOLUME]),
    ("ActivityRegularization", (), {"l2": 0.1}, [SEQUENCE]),
    *[
        ("Activation", (name,), {}, [SEQUENCE])
        for name in (
            "celu", "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu", "linear",
            "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus",
            "softsign", "swish", "tanh",
        )
    ],
]  # fmt: skip
DENSE = [
    ("Dense", (5,), {"activation": "tanh"}, [SEQUENCE]),
    ("Dense", (5,), {"use_bias": False}, [(2, 6)]),
    ("EinsumDense", ("abc,cd->abd",), {"output_shape": (None, 5), "bias_axes": "d"}, [SEQUENCE]),
    ("EinsumDense", ("...x,xyz->...yz",), {"output_shape": (3, 5), "bias_axes": "yz"}, [SEQUENCE]),
    ("EinsumDense", ("abc,cde->abde",), {"output_shape": (None, 3, 5), "bias_axes": "d"}, [SEQUENCE]),
    ("EinsumDense", ("ab...,bc->ac...",), {"output_shape": 5, "bias_axes": "c"}, [SEQUENCE]),
]
NORMALIZATION = [
    ("BatchNormalization", (), {}, [IMAGE]),
    ("BatchNormalization", (), {"axis": 1, "scale": False, "momentum": 0.8}, [SEQUENCE]),
    ("BatchNormalization", (), {"center": False, "epsilon": 1e-5}, [(6, 3)]),
    ("LayerNormalization", (), {}, [SEQUENCE]),
    ("LayerNormalization", (), {"axis": (1, 2), "epsilon": 1e-6}, [SEQUENCE]),
    ("LayerNormalization", (), {"axis": 1, "center": False}, [SEQUENCE]),
    ("RMSNormalization", (), {}, [SEQUENCE]),
    ("GroupNormalization", (2,), {}, [IMAGE]),
    ("GroupNormalization", (-1,), {"scale": False}, [IMAGE]),
    ("UnitNormalization", (), {"axis": 1}, [SEQUENCE]),
    ("Normalization", (), {"axis": (1, -1)}, [SEQUENCE]),
    ("Normalization", (), {"axis": None, "mean": 1.0, "variance": 4.0, "invert": True}, [SEQUENCE]),
    ("Normalization", (), {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 9.0, 2.0]}, [SEQUENCE]),
]
RECURRENT = [
    ("SimpleRNN", (5,), {}, [SEQUENCE]),
    ("SimpleRNN", (5,), {"return_sequences": True, "return_state": True, "go_backwards": True}, [SEQUENCE]),
    ("LSTM", (5,), {}, [SEQUENCE]),
    ("LSTM", (5,), {"return_sequences": True, "return_state": True}, [SEQUENCE]),
    ("LSTM", (5,), {"use_bias": False, "go_backwards": True, "recurrent_activation": "hard_sigmoid"}, [SEQUENCE]),
    ("GRU", (5,), {}, [SEQUENCE]),
    ("GRU", (5,), {"reset_after": False, "return_sequences": True, "return_state": True}, [SEQUENCE]),
    ("GRU", (5,), {"use_bias": False}, [SEQUENCE]),
]
ATTENTION = [
    ("MultiHeadAttention", (2, 3), {}, [SEQUENCE, (2, 5, 4)], {}),
    ("MultiHeadAttention", (2, 3), {"value_dim": 5, "use_bias": False}, [SEQUENCE] * 3, {"use_causal_mask": True}),
    ("MultiHeadAttention", (2, 3), {"output_shape": 7}, [SEQUENCE] * 2, {"return_attention_scores": True}),
    ("MultiHeadAttention", (2, 3), {"attention_axes": (1, 2)}, [(2, 3, 4, 5)] * 2, {}),
    ("MultiHeadAttention", (2, 3), {"attention_axes": 1}, [(2, 3, 4, 5)] * 2, {"return_attention_scores": True}),
    ("MultiHeadAttention", (2, 3), {"use_gate": True}, [SEQUENCE] * 2, {}),
    ("GroupQueryAttention", (3, 4, 2), {}, [SEQUENCE, (2, 5, 4)], {}),
    ("GroupQueryAttention", (3, 4, 2), {"use_gate": True}, [SEQUENCE] * 2, {"use_causal_mask": True}),
]
INPUTS = [
    ("Attention", (), {}, [SEQUENCE, (2, 5, 4)], {}),
    ("Attention", (), {"use_scale": True, "score_mode": "concat"}, [SEQUENCE] * 3, {"use_causal_mask": True}),
    ("AdditiveAttention", (), {}, [SEQUENCE, (2, 5, 4)], {"return_attention_scores": True}),
]
CASES = [*CONVOLUTIONS, *POOLING, *SHAPING, *ELEMENTWISE, *DENSE, *NORMALIZATION, *RECURRENT]


@pytest.fixture(scope="module")
def helpers():
    """All layers in one module."""
    table = load()["torch"]
    module = types.ModuleType("torch_helpers")
    exec(helper_module([name for name in table.templates if name.startswith("keras.")], table), module.__dict__)
    return module


def numbers(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def flat(value):
    return [part for item in value for part in flat(item)] if isinstance(value, (list, tuple)) else [value]


def randomized(layer):
    """New weights that are not at their special initial values; variances stay positive."""
    for seed, weight in enumerate(layer.weights, 10):
        value = numbers(weight.shape, seed) * 0.5
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value.astype(weight.dtype))


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


@pytest.mark.parametrize("name,args,kwargs,shapes", CASES)
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


WRAPPED = [
    ("Bidirectional", lambda k: (k.LSTM(5, return_sequences=True, return_state=True),), {}),
    ("Bidirectional", lambda k: (k.GRU(5),), {"merge_mode": "sum"}),
    ("Bidirectional", lambda k: (k.SimpleRNN(5, return_sequences=True),), {"merge_mode": None}),
    ("TimeDistributed", lambda k: (k.Dense(5),), {}),
    ("RNN", lambda k: (k.LSTMCell(5),), {"return_sequences": True}),
    ("RNN", lambda k: (k.StackedRNNCells([k.GRUCell(5), k.LSTMCell(6)]),), {"return_state": True}),
    ("RNN", lambda k: ([k.SimpleRNNCell(5), k.SimpleRNNCell(3)],), {}),
]


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


INITIALIZERS = [
    ("Zeros", {}), ("Ones", {}), ("Constant", {"value": 0.3}), ("RandomNormal", {"mean": 1.0, "stddev": 0.2}),
    ("RandomUniform", {"minval": -0.2, "maxval": 0.6}), ("TruncatedNormal", {"stddev": 0.2}), ("Orthogonal", {}),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("GlorotUniform", {}), ("GlorotNormal", {}), ("HeUniform", {}), ("HeNormal", {}), ("LecunUniform", {}),
    ("LecunNormal", {}),
]  # fmt: skip


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
