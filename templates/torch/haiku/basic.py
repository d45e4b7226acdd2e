"""Haiku's dense layers, embeddings and containers, with its names and layouts of parameters."""

import functools
import math

import torch

from ..containers import tree_leaves, tree_map
from ..keys import random_bernoulli, random_categorical
from .base import Module
from .initializers import TruncatedNormal


class Linear(Module):
    """``x @ w + b``."""

    def __init__(self, output_size, with_bias=True, w_init=None, b_init=None, name=None):
        super().__init__(name=name)
        self.input_size, self.output_size, self.with_bias = None, output_size, with_bias
        self.w_init, self.b_init = w_init, b_init or torch.zeros

    def forward(self, inputs):
        size = self.input_size = inputs.shape[-1]
        init = self.w_init or TruncatedNormal(1 / math.sqrt(size))
        w = self.param("w", (size, self.output_size), inputs.dtype, init)
        out = inputs @ w
        if self.with_bias:
            out = out + self.param("b", (self.output_size,), inputs.dtype, self.b_init)
        return out


class Bias(Module):
    """A learned array that is added, along the given axes."""

    def __init__(self, output_size=None, bias_dims=None, b_init=None, name=None):
        super().__init__(name=name)
        self.output_size, self.bias_dims = output_size, bias_dims
        self.b_init = b_init or torch.zeros

    def forward(self, inputs, multiplier=None):
        shape = list(inputs.shape)[1:]
        if self.output_size is not None and list(self.output_size) != shape:
            raise ValueError(f"inputs of shape {inputs.shape} do not end with {self.output_size}")
        if self.bias_dims is not None:
            kept = {axis % inputs.ndim for axis in self.bias_dims}
            shape = [size if axis in kept else 1 for axis, size in enumerate(shape, 1)]
            while shape and shape[0] == 1:
                shape = shape[1:]
        b = self.param("b", shape, inputs.dtype, self.b_init)
        return inputs + (b if multiplier is None else b * multiplier)


class Embed(Module):
    """Rows of a table by integer indices."""

    def __init__(
        self, vocab_size=None, embed_dim=None, embedding_matrix=None, w_init=None, lookup_style="ARRAY_INDEX",
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        if embedding_matrix is not None:
            matrix = torch.as_tensor(embedding_matrix)
            vocab_size, embed_dim = matrix.shape
            w_init = lambda shape, dtype: matrix  # noqa: E731
        self.vocab_size, self.embed_dim = vocab_size, embed_dim
        self.w_init = w_init or TruncatedNormal()

    @property
    def embeddings(self):
        """The table."""
        return self.param("embeddings", (self.vocab_size, self.embed_dim), init=self.w_init)

    def forward(self, ids, lookup_style=None):
        return self.embeddings[ids]


class Sequential(Module):
    """Functions one after the other."""

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self.layers = tuple(layers)

    def forward(self, inputs, *args, **kwargs):
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

    def forward(self, inputs):
        if inputs.ndim <= self.preserve_dims:
            return inputs
        lead = list(inputs.shape)[: self.preserve_dims]
        return torch.reshape(inputs, (*lead, *self.output_shape))


class Flatten(Reshape):
    """All axes from one on in one."""

    def __init__(self, preserve_dims=1, name=None):
        super().__init__((-1,), preserve_dims, name)


def applied_to_batch(f, num_dims, args, kwargs):
    """The result of a function of arrays whose first axes are taken as one."""
    leaves = tree_leaves((args, kwargs))
    shapes = [list(getattr(leaf, "shape", ())) for leaf in leaves]
    lead = next((shape[:num_dims] for shape in shapes if len(shape) >= num_dims), None)
    if lead is None:
        raise ValueError(f"no input has {num_dims} axes")

    def merged(x):
        shape = list(getattr(x, "shape", ()))
        if len(shape) < num_dims:
            return x
        return torch.reshape(x, (math.prod(shape[:num_dims]), *shape[num_dims:]))

    def separate(x):
        return torch.reshape(x, (*lead, *list(x.shape)[1:]))

    args, kwargs = tree_map(merged, (args, kwargs))
    return tree_map(separate, f(*args, **kwargs))


class BatchApply:
    """A function of arrays whose first axes are taken as one."""

    def __init__(self, f, num_dims=2):
        self.f, self.num_dims = f, num_dims

    def __call__(self, *args, **kwargs):
        return applied_to_batch(self.f, self.num_dims, args, kwargs)


def expand_apply(f, axis=0):
    """The function of arrays that gain an axis, which its results lose."""

    @functools.wraps(f)
    def applied(*args, **kwargs):
        args, kwargs = tree_map(lambda x: torch.unsqueeze(x, dim=axis), (args, kwargs))
        return tree_map(lambda x: torch.squeeze(x, dim=axis), f(*args, **kwargs))

    return applied


def to_module(f, /):
    """The class of modules that compute a function."""

    class Computed(Module):
        def __init__(self, name=None):
            super().__init__(name=name or f.__name__)

        def forward(self, *args, **kwargs):
            return f(*args, **kwargs)

    return Computed


def dropout(rng, rate, x, /, broadcast_dims=()):
    """Zeros with this probability, the rest divided by the probability to stay."""
    if not rate:
        return x
    shape = [1 if axis in broadcast_dims else size for axis, size in enumerate(x.shape)]
    kept = random_bernoulli(rng, 1 - rate, shape)
    return torch.where(kept, x / (1 - rate), torch.zeros_like(x))


def multinomial(rng, logits, num_samples, /):
    """Indices drawn with these log-probabilities, in a last axis."""
    if num_samples == 1:
        return random_categorical(rng, logits).unsqueeze(-1)
    shape = list(logits.shape)[:-1]
    return torch.movedim(random_categorical(rng, logits, shape=(num_samples, *shape)), 0, -1)
