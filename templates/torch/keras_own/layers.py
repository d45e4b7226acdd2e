"""Layers of torch.nn that start with the values that Keras gives them, and infer until ``train()`` is called."""

import torch
from torch import nn
from torch.nn import functional as F

from .graph import LayerNorm, Node


def activation_named(name):
    """The function of a name of Keras; functions are given back, None is the identity."""
    functions = {
        None: lambda x: x,
        "linear": lambda x: x,
        "elu": F.elu,
        "exponential": torch.exp,
        "gelu": F.gelu,
        "hard_sigmoid": F.hardsigmoid,
        "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
        "mish": F.mish,
        "relu": F.relu,
        "relu6": F.relu6,
        "selu": F.selu,
        "sigmoid": torch.sigmoid,
        "silu": F.silu,
        "softmax": lambda x: F.softmax(x, dim=-1),
        "softplus": F.softplus,
        "swish": F.silu,
        "tanh": torch.tanh,
    }
    if not callable(name) and name not in functions:
        raise ValueError(f"unknown activation {name!r}")
    return name if callable(name) else functions[name]


class Activation(Node, nn.Module):
    """An activation function, or one of this name, as a layer."""

    def __init__(self, activation):
        super().__init__()
        self.function = activation_named(activation)

    def forward(self, inputs):
        return self.function(inputs)


class Rescaling(Node, nn.Module):
    """The inputs as floats, times a scale and plus an offset."""

    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, inputs):
        return inputs.to(torch.get_default_dtype()) * self.scale + self.offset


class Started(Node):
    """For layers that start as Keras' do: Glorot's uniform weights, zero bias."""

    start = staticmethod(nn.init.xavier_uniform_)

    def reset_parameters(self):
        self.start(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    # only if used
    def initialized(self, start):
        """The layer with weights that a function fills, now or at the first call."""
        self.start = start
        self.reset_parameters()
        return self


class Linear(Started, nn.Linear):
    """``nn.Linear`` that starts as Keras' dense layers do."""

    # [full
    word = "dense"
    # full]


class LazyLinear(nn.LazyLinear, Linear):
    """``nn.LazyLinear`` that starts as Keras' dense layers do."""

    # [full
    cls_to_become = Linear
    # full]


class LazyLayerNorm(Node, nn.modules.lazy.LazyModuleMixin, nn.LayerNorm):
    """``nn.LayerNorm`` of the last axis, whose size is that of the first input."""

    cls_to_become = nn.LayerNorm
    # [full
    cls_to_become = LayerNorm
    # full]

    def __init__(self, eps=1e-3):
        super().__init__(0, eps)
        self.weight, self.bias = nn.UninitializedParameter(), nn.UninitializedParameter()

    def reset_parameters(self):
        if not self.has_uninitialized_params():
            super().reset_parameters()

    def initialize_parameters(self, inputs):
        self.normalized_shape = inputs.shape[-1:]
        if self.has_uninitialized_params():
            self.weight.materialize(self.normalized_shape)
            self.bias.materialize(self.normalized_shape)
            self.reset_parameters()


class Embedding(Node, nn.Embedding):
    """``nn.Embedding`` that starts as Keras' does, and takes indices of any dtype."""

    def reset_parameters(self):
        nn.init.uniform_(self.weight, -0.05, 0.05)

    def forward(self, inputs):
        return super().forward(inputs.long())


class Dropout(Node, nn.Dropout):
    """``nn.Dropout`` whose calls may say that it is training; else it infers until ``train()`` is called."""

    def __init__(self, p):
        super().__init__(p)
        self.training = False

    def forward(self, inputs, training=None):
        return nn.functional.dropout(inputs, self.p, self.training if training is None else training)
