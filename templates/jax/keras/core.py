"""Layers of Keras that work on the last axis or on single elements."""

import jax
import jax.numpy as jnp

from ..keras_losses import with_logits
from ..random import default_rngs
from .base import Layer


def activation_function(name):
    """The function of a Keras activation's name; functions are given back, None is the identity."""
    if name is None or name == "linear":
        return lambda x: x
    if callable(name):
        return name
    functions = {
        "relu": jax.nn.relu,
        "sigmoid": lambda x: with_logits(jax.nn.sigmoid(x), x),
        "tanh": jnp.tanh,
        "softmax": lambda x: with_logits(jax.nn.softmax(x), x),
        "log_softmax": jax.nn.log_softmax,
        "elu": jax.nn.elu,
        "selu": jax.nn.selu,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "softplus": jax.nn.softplus,
        "softsign": jax.nn.soft_sign,
        "swish": jax.nn.silu,
        "silu": jax.nn.silu,
        "mish": jax.nn.mish,
        "relu6": jax.nn.relu6,
        "hard_sigmoid": jax.nn.hard_sigmoid,
        "hard_swish": jax.nn.hard_swish,
        "hard_silu": jax.nn.hard_swish,
        "hard_tanh": jax.nn.hard_tanh,
        "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2),
        "log_sigmoid": jax.nn.log_sigmoid,
        "celu": jax.nn.celu,
        "exponential": jnp.exp,
        "glu": jax.nn.glu,
        "hard_shrink": lambda x: jnp.where(jnp.abs(x) > 0.5, x, 0),
        "soft_shrink": lambda x: x - jnp.clip(x, -0.5, 0.5),
        "tanh_shrink": lambda x: x - jnp.tanh(x),
        "squareplus": jax.nn.squareplus,
        "sparse_plus": jax.nn.sparse_plus,
        "sparse_sigmoid": jax.nn.sparse_sigmoid,
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
    """Sets a share ``rate`` of the elements to zero in training and scales up the others."""

    supports_masking = True

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.noise_shape = rate, noise_shape
        self.rngs = default_rngs().dropout.fork()

    def kept_shape(self, inputs):
        """The shape of the draws: 1 along the axes that are dropped as a whole."""
        sizes = self.noise_shape or inputs.shape
        return [n if m is None else m for n, m in zip(inputs.shape, sizes, strict=True)]

    def call(self, inputs, training=False):
        if not training or not self.rate:
            return inputs
        kept = jax.random.bernoulli(self.rngs(), 1 - self.rate, self.kept_shape(inputs))
        return inputs * kept / (1 - self.rate)
