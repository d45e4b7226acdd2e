"""Haiku's dense layers, embeddings and containers, with its names and layouts of parameters."""

import functools
import math

import keras
import tensorflow as tf

from ..containers import tree_leaves, tree_map
from ..indexing import take
from ..keys import random_bernoulli, random_categorical
from ..math import as_tensor
from ..shape import shape_of
from .base import Module, get_parameter
from .initializers import TruncatedNormal


class Linear(Module):
    """``x @ w + b``."""

    def __init__(self, output_size, with_bias=True, w_init=None, b_init=None, name=None):
        super().__init__(name=name)
        self.input_size, self.output_size, self.with_bias = None, output_size, with_bias
        self.w_init, self.b_init = w_init, b_init or tf.zeros

    def call(self, inputs):
        size = self.input_size = shape_of(inputs)[-1]
        init = self.w_init or TruncatedNormal(1 / math.sqrt(size))
        w = get_parameter("w", (size, self.output_size), inputs.dtype, init)
        out = inputs @ w
        if self.with_bias:
            out = out + get_parameter("b", (self.output_size,), inputs.dtype, self.b_init)
        return out


class Bias(Module):
    """A learned array that is added, along the given axes."""

    def __init__(self, output_size=None, bias_dims=None, b_init=None, name=None):
        super().__init__(name=name)
        self.output_size, self.bias_dims = output_size, bias_dims
        self.b_init = b_init or tf.zeros

    def call(self, inputs, multiplier=None):
        shape = list(shape_of(inputs))[1:]
        if self.output_size is not None and list(self.output_size) != shape:
            raise ValueError(
                f"inputs of shape {shape_of(inputs)} do not end with {self.output_size}"
            )
        if self.bias_dims is not None:
            kept = {axis % len(inputs.shape) for axis in self.bias_dims}
            shape = [size if axis in kept else 1 for axis, size in enumerate(shape, 1)]
            while shape and shape[0] == 1:
                shape = shape[1:]
        b = get_parameter("b", shape, inputs.dtype, self.b_init)
        return inputs + (b if multiplier is None else b * multiplier)


class Embed(Module):
    """Rows of a table by integer indices."""

    def __init__(
        self, vocab_size=None, embed_dim=None, embedding_matrix=None, w_init=None, lookup_style="ARRAY_INDEX",
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        if embedding_matrix is not None:
            matrix = as_tensor(embedding_matrix)
            vocab_size, embed_dim = shape_of(matrix)
            w_init = lambda shape, dtype: matrix  # noqa: E731
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        self.w_init = w_init or TruncatedNormal()

    @property
    def embeddings(self):
        """The table."""
        return get_parameter("embeddings", (self.vocab_size, self.embed_dim), init=self.w_init)

    def call(self, ids, lookup_style=None):
        return take(self.embeddings, ids, axis=0)


class Sequential(Module):
    """Functions one after the other."""

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self.layers = tuple(layers)

    def call(self, inputs, *args, **kwargs):
        out = inputs
        for index, layer in enumerate(self.layers):
            out = layer(out) if index else layer(out, *args, **kwargs)
        return out


class Reshape(Module):
    """All axes behind the first ones in a new shape, of which one size may be -1."""

    def __init__(self, output_shape, preserve_dims=1, name=None):
        super().__init__(name=name)
        if preserve_dims == 0:
            raise ValueError("preserve_dims must not be 0")
        self.output_shape, self.preserve_dims = tuple(output_shape), preserve_dims

    def call(self, inputs):
        if len(inputs.shape) <= self.preserve_dims:
            return inputs
        lead = list(shape_of(inputs))[: self.preserve_dims]
        return tf.reshape(inputs, (*lead, *self.output_shape))


class Flatten(Reshape):
    """All axes from one on in one."""

    def __init__(self, preserve_dims=1, name=None):
        super().__init__((-1,), preserve_dims, name)


class BatchApply:
    """A function of arrays whose first axes are taken as one."""

    def __init__(self, f, num_dims=2):
        self.f, self.num_dims = f, num_dims

    def __call__(self, *args, **kwargs):
        leaves = tree_leaves((args, kwargs))
        shapes = [list(getattr(leaf, "shape", ())) for leaf in leaves]
        lead = next(
            (shape[: self.num_dims] for shape in shapes if len(shape) >= self.num_dims), None
        )
        if lead is None:
            raise ValueError(f"no input has {self.num_dims} axes")

        def merged(x):
            shape = list(getattr(x, "shape", ()))
            if len(shape) < self.num_dims:
                return x
            count = math.prod(shape[: self.num_dims])
            return tf.reshape(x, (count, *shape[self.num_dims :]))

        def separate(x):
            return tf.reshape(x, (*lead, *list(shape_of(x))[1:]))

        args, kwargs = tree_map(merged, (args, kwargs))
        return tree_map(separate, self.f(*args, **kwargs))


def expand_apply(f, axis=0):
    """The function of arrays that gain an axis, which its results lose."""

    @functools.wraps(f)
    def applied(*args, **kwargs):
        args, kwargs = tree_map(lambda x: tf.expand_dims(x, axis=axis), (args, kwargs))
        return tree_map(lambda x: tf.squeeze(x, axis=axis), f(*args, **kwargs))

    return applied


def to_module(f, /):
    """The class of modules that compute a function."""

    class Computed(Module):
        def __init__(self, name=None):
            super().__init__(name=name or f.__name__)

        def call(self, *args, **kwargs):
            return f(*args, **kwargs)

    return Computed


def dropout(rng, rate, x, /, broadcast_dims=()):
    """Zeros with this probability, the rest divided by the probability to stay."""
    if not rate:
        return x
    shape = [1 if axis in broadcast_dims else size for axis, size in enumerate(shape_of(x))]
    kept = random_bernoulli(rng, 1 - rate, shape)
    return keras.ops.where(kept, x / (1 - rate), tf.zeros_like(x))


def multinomial(rng, logits, num_samples, /):
    """Indices drawn with these log-probabilities, in a last axis."""
    if num_samples == 1:
        return tf.expand_dims(random_categorical(rng, logits), axis=-1)
    shape = list(shape_of(logits))[:-1]
    return keras.ops.moveaxis(random_categorical(rng, logits, shape=(num_samples, *shape)), 0, -1)
