"""Layers of Keras that work on the last axis or on single elements."""

import numpy as np

from ..functional import (
    celu,
    elu,
    gelu,
    glu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
)
from .base import Layer


def activation_function(name):
    """The function of a Keras activation's name; functions are given back, None is the identity."""
    if name is None or name == "linear":
        return lambda x: x
    if callable(name):
        return name
    functions = {
        "relu": relu,
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "softmax": lambda x: softmax(x, -1),
        "log_softmax": lambda x: log_softmax(x, -1),
        "elu": elu,
        "selu": selu,
        "gelu": gelu,
        "softplus": softplus,
        "softsign": softsign,
        "swish": silu,
        "silu": silu,
        "mish": mish,
        "relu6": relu6,
        "hard_sigmoid": hardsigmoid,
        "hard_swish": hardswish,
        "hard_silu": hardswish,
        "hard_tanh": hardtanh,
        "leaky_relu": lambda x: leaky_relu(x, 0.2),
        "log_sigmoid": logsigmoid,
        "celu": celu,
        "exponential": np.exp,
        "glu": glu,
        "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
        "soft_shrink": lambda x: x - np.clip(x, -0.5, 0.5),
        "tanh_shrink": lambda x: x - np.tanh(x),
        "squareplus": lambda x: (x + np.sqrt(np.square(x) + 4)) / 2,
        "sparse_plus": lambda x: np.where(x < 1, np.square(np.maximum(x + 1, 0)) / 4, x),
        "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    }
    if name not in functions:
        raise ValueError(f"unknown activation {name!r}")
    return functions[name]


class Activation(Layer):
    """An activation function as a layer."""

    supports_masking = True

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activation_function(activation)

    def call(self, inputs):
        return self.activation(inputs)


class Dense(Layer):
    """Affine map of the last axis; ``kernel`` has shape (in, units)."""

    supports_masking = True

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units, self.use_bias = units, use_bias
        self.activation = activation_function(activation)
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), self.kernel_initializer)
        self.bias = self.add_weight((self.units,), self.bias_initializer) if self.use_bias else None

    def call(self, inputs):
        x = inputs @ self.kernel
        return self.activation(x if self.bias is None else x + self.bias)


class Dropout(Layer):
    """The input: dropout is for training alone."""

    supports_masking = True

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.noise_shape = rate, noise_shape

    def call(self, inputs):
        return inputs
