"""Layers of Keras that work on the last axis or on single elements."""

import torch

from ..keras_losses import with_logits
from .base import Layer


def activation_function(name):
    """The function of a Keras activation's name; functions are given back, None is the identity."""
    if name is None or name == "linear":
        return lambda x: x
    if callable(name):
        return name
    functions = {
        "relu": torch.relu,
        "sigmoid": lambda x: with_logits(torch.sigmoid(x), x),
        "tanh": torch.tanh,
        "softmax": lambda x: with_logits(torch.softmax(x, -1), x),
        "log_softmax": lambda x: torch.log_softmax(x, -1),
        "elu": torch.nn.functional.elu,
        "selu": torch.selu,
        "gelu": torch.nn.functional.gelu,
        "softplus": torch.nn.functional.softplus,
        "softsign": torch.nn.functional.softsign,
        "swish": torch.nn.functional.silu,
        "silu": torch.nn.functional.silu,
        "mish": torch.nn.functional.mish,
        "relu6": torch.nn.functional.relu6,
        "hard_sigmoid": torch.nn.functional.hardsigmoid,
        "hard_swish": torch.nn.functional.hardswish,
        "hard_silu": torch.nn.functional.hardswish,
        "hard_tanh": torch.nn.functional.hardtanh,
        "leaky_relu": lambda x: torch.nn.functional.leaky_relu(x, 0.2),
        "log_sigmoid": torch.nn.functional.logsigmoid,
        "celu": torch.nn.functional.celu,
        "exponential": torch.exp,
        "glu": torch.nn.functional.glu,
        "hard_shrink": torch.nn.functional.hardshrink,
        "soft_shrink": torch.nn.functional.softshrink,
        "tanh_shrink": torch.nn.functional.tanhshrink,
        "squareplus": lambda x: (x + torch.sqrt(torch.square(x) + 4)) / 2,
        "sparse_plus": lambda x: torch.where(x < 1, torch.square(torch.clamp(x + 1, min=0)) / 4, x),
        "sparse_sigmoid": lambda x: torch.clamp((x + 1) / 2, 0, 1),
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

    def forward(self, inputs):
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

    def forward(self, inputs):
        x = inputs @ self.kernel
        return self.activation(x if self.bias is None else x + self.bias)


class Dropout(Layer):
    """Sets a share ``rate`` of the elements to zero in training and scales up the others."""

    supports_masking = True

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.noise_shape = rate, noise_shape

    def forward(self, inputs, training=False):
        if not training or not self.rate:
            return inputs
        sizes = self.noise_shape or inputs.shape
        shape = [n if m is None else m for n, m in zip(inputs.shape, sizes, strict=True)]
        kept = torch.rand(shape, device=inputs.device) >= self.rate
        return inputs * kept / (1 - self.rate)
