"""Layers of Keras with their arguments and the shapes of their inputs, for the tests of all targets."""

import types

import numpy as np
from ivy.s2s.emit import helper_module
from ivy.s2s.tables import load

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
    ("AdaptiveAveragePooling1D", (3,), {}, [SEQUENCE]),
    ("AdaptiveAveragePooling2D", ((3, 9),), {}, [IMAGE]),
    ("AdaptiveAveragePooling2D", (5,), {"data_format": "channels_first"}, [IMAGE]),
    ("AdaptiveAveragePooling3D", (2,), {}, [VOLUME]),
    ("AdaptiveMaxPooling1D", (3,), {}, [SEQUENCE]),
    ("AdaptiveMaxPooling2D", ((3, 9),), {}, [IMAGE]),
    ("AdaptiveMaxPooling3D", (2,), {}, [VOLUME]),
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
    ("Normalization", (), {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 9.0, 2.0]}, [SEQUENCE]),
]
RECURRENT = [
    ("SimpleRNN", (5,), {}, [SEQUENCE]),
    ("SimpleRNN", (5,), {"return_sequences": True, "return_state": True, "go_backwards": True}, [SEQUENCE]),
    ("LSTM", (5,), {}, [SEQUENCE]),
    ("LSTM", (5,), {"return_sequences": True, "return_state": True}, [SEQUENCE]),
    ("LSTM", (5,), {"use_bias": False, "go_backwards": True, "recurrent_activation": "hard_sigmoid"}, [SEQUENCE]),
    ("ConvLSTM1D", (5, 3), {"padding": "same", "return_sequences": True}, [(2, 3, 6, 4)]),
    ("ConvLSTM1D", (5, 3), {"dilation_rate": 2, "use_bias": False, "go_backwards": True}, [(2, 3, 7, 4)]),
    ("ConvLSTM2D", (5, (3, 2)), {"strides": 2, "activation": "relu"}, [(2, 3, 7, 6, 4)]),
    ("ConvLSTM2D", (5, 3), {"padding": "same", "strides": (1, 2), "return_state": True}, [(2, 3, 4, 5, 2)]),
    ("ConvLSTM3D", (3, 2), {"padding": "same"}, [(2, 2, 3, 4, 3, 2)]),
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
WRAPPED = [
    ("Bidirectional", lambda k: (k.LSTM(5, return_sequences=True, return_state=True),), {}),
    ("Bidirectional", lambda k: (k.GRU(5),), {"merge_mode": "sum"}),
    ("Bidirectional", lambda k: (k.SimpleRNN(5, return_sequences=True),), {"merge_mode": None}),
    ("TimeDistributed", lambda k: (k.Dense(5),), {}),
    ("RNN", lambda k: (k.LSTMCell(5),), {"return_sequences": True}),
    ("RNN", lambda k: (k.StackedRNNCells([k.GRUCell(5), k.LSTMCell(6)]),), {"return_state": True}),
    ("RNN", lambda k: ([k.SimpleRNNCell(5), k.SimpleRNNCell(3)],), {}),
]
INITIALIZERS = [
    ("Zeros", {}), ("Ones", {}), ("Constant", {"value": 0.3}), ("RandomNormal", {"mean": 1.0, "stddev": 0.2}),
    ("RandomUniform", {"minval": -0.2, "maxval": 0.6}), ("TruncatedNormal", {"stddev": 0.2}), ("Orthogonal", {}),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("GlorotUniform", {}), ("GlorotNormal", {}), ("HeUniform", {}), ("HeNormal", {}), ("LecunUniform", {}),
    ("LecunNormal", {}),
]  # fmt: skip
MODELS = {
    "DenseNet121": 64,
    "EfficientNetV2B0": 96,
    "InceptionV3": 96,
    "MobileNetV2": 64,
    "ResNet50": 64,
    "VGG16": 64,
    "Xception": 96,
}


def helpers_of(target, plain=False):
    """All layers of a target in one module, in the plain edition or the full one."""
    table = load()[target]
    module = types.ModuleType(f"{target}_helpers")
    every = [name for name in table.templates if name.startswith("keras.")]
    names = [name for name in every if name.startswith("keras.plain.") == plain]
    exec(helper_module(names, table), module.__dict__)
    return module


def numbers(shape, seed=0):
    """Normal numbers from a seed."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def flat(value):
    """The arrays of a nested list."""
    return [part for item in value for part in flat(item)] if isinstance(value, (list, tuple)) else [value]


def randomized(layer):
    """Weights that are not at their special initial values; variances stay positive."""
    for seed, weight in enumerate(layer.weights, 10):
        value = numbers(weight.shape, seed) * 0.5
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path else value)


def agree(expected, found, tolerance=2e-5):
    """The same dtypes, shapes and numbers."""
    assert len(expected) == len(found)
    for one, other in zip(map(np.asarray, expected), map(np.asarray, found), strict=True):
        assert one.dtype == other.dtype
        largest = max(1.0, np.abs(one).max(initial=0))
        np.testing.assert_allclose(other, one, rtol=tolerance, atol=tolerance * largest)
