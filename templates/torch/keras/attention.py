"""Attention layers of Keras and the dense layer of an einsum."""

import functools
import math
import operator
import re

import torch

from .base import Layer, initial
from .core import Dropout, activation_function
from .masks import set_mask


class EinsumDense(Layer):
    """An einsum of the input and ``kernel``; ``output_shape`` is without the number of examples."""

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.equation, self.bias_axes = equation, bias_axes
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.activation = activation_function(activation)
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer

    def build(self, input_shape):
        given, axes, result = re.split(",|->", self.equation.replace(" ", ""))
        left, right = given.startswith("..."), given.endswith("...")
        given, result = given.strip("."), result.strip(".")
        sizes = dict(zip(given, input_shape[-len(given) :] if left else input_shape, strict=False))
        outputs = (input_shape[0], *self.partial_output_shape)[-len(result) :]
        sizes |= {axis: n for axis, n in zip(result, outputs, strict=True) if n is not None}
        self.kernel = self.add_weight(
            [sizes[axis] for axis in axes], lambda shape: self.initial_kernel(shape, axes, result)
        )
        self.bias = None
        if self.bias_axes is not None:
            first = min(result.index(axis) for axis in self.bias_axes)
            shape = [sizes[axis] if axis in self.bias_axes else 1 for axis in result[first:]]
            shape += [1] * (len(input_shape) - len(given) if right else 0)
            self.bias = self.add_weight(shape, self.bias_initializer)

    def initial_kernel(self, shape, axes, result):
        """A new kernel; the fans are the sizes of the axes that are summed over and of the others."""
        initializer = self.kernel_initializer
        if initializer == "orthogonal" or not (isinstance(initializer, str) or hasattr(initializer, "distribution")):
            return initial(initializer, shape)
        order = sorted(range(len(axes)), key=lambda i: axes[i] in result)
        summed = math.prod(n for axis, n in zip(axes, shape, strict=True) if axis not in result)
        value = initial(initializer, (summed, math.prod(shape) // summed))
        return value.reshape([shape[i] for i in order]).permute([order.index(i) for i in range(len(axes))])

    def forward(self, inputs):
        x = torch.einsum(self.equation, inputs, self.kernel)
        return self.activation(x if self.bias is None else x + self.bias)


def joined_mask(query_mask, value_mask, key_mask, attention_mask, causal, sizes):
    """Which of (batch, query steps, key steps) are attended to; None for all."""
    parts = [None if query_mask is None else query_mask.bool()[..., :, None]]
    parts += [None if mask is None else mask.bool()[..., None, :] for mask in (value_mask, key_mask)]
    parts += [torch.ones(sizes, dtype=torch.bool).tril() if causal else None]
    found = None if attention_mask is None else attention_mask.bool()
    for part in parts:
        if part is not None:
            found = part if found is None else found & part.to(found.device)
    return found


def attended(query, key, value, mask, dropout, zeros=False):
    """Attention of (..., steps, heads, size), and its weights; ``mask`` is (..., query steps, key steps).

    A query that attends to nothing has the mean of all values, or zeros.
    """
    query, key, value = (x.transpose(-3, -2) for x in (query, key, value))
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    if mask is not None:
        while mask.ndim < scores.ndim:
            mask = mask.unsqueeze(-3)
        scores = scores.masked_fill(~mask.to(scores.device), -1e9)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None and zeros:
        weights = weights.masked_fill(~mask.to(scores.device), 0.0)
    return (dropout(weights) @ value).transpose(-3, -2), weights


def another_name(name):
    """The attribute ``name``, as subclasses of Keras' layers call it."""
    return property(operator.attrgetter(name), lambda self, value: setattr(self, name, value))


class MultiHeadAttention(Layer):
    """Attention of several heads over the axes between the first and the last, or over ``attention_axes``."""

    supports_masking = True

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        use_gate=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if sliding_window is not None:
            raise ValueError("MultiHeadAttention: sliding_window has no counterpart, pass an attention_mask")
        self.num_heads, self.key_dim, self.value_dim = num_heads, key_dim, value_dim or key_dim
        self.use_bias, self.use_gate = use_bias, use_gate
        self.attention_axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else output_shape
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.dropout_layer = Dropout(dropout)

    def projection(self, name, size, activation=None):
        """A layer from features to heads."""
        axes = "nd" if self.use_bias else None
        initializers = (self.kernel_initializer, self.bias_initializer)
        return EinsumDense("...x,xnd->...nd", (self.num_heads, size), activation, axes, *initializers, name=name)

    def build(self, query_shape, value_shape, key_shape=None):
        self.query_dense = self.projection("query", self.key_dim)
        self.key_dense = self.projection("key", self.key_dim)
        self.gate_dense = self.projection("gate", self.value_dim, "sigmoid") if self.use_gate else None
        self.value_dense = self.projection("value", self.value_dim)
        self._build_attention(len(query_shape) + 1)
        shape = tuple(self.partial_output_shape or query_shape[-1:])
        axes = "abcefg"[: len(shape)]
        initializers = (self.kernel_initializer, self.bias_initializer)
        bias_axes = axes if self.use_bias else None
        equation = f"...nd,nd{axes}->...{axes}"
        self.output_dense = EinsumDense(equation, shape, None, bias_axes, *initializers, name="attention_output")

    # only if used
    _num_heads = another_name("num_heads")

    # only if used
    _key_dim = another_name("key_dim")

    # only if used
    _value_dim = another_name("value_dim")

    # only if used
    _use_bias = another_name("use_bias")

    # only if used
    _output_shape = another_name("partial_output_shape")

    # only if used
    _query_dense = another_name("query_dense")

    # only if used
    _key_dense = another_name("key_dense")

    # only if used
    _value_dense = another_name("value_dense")

    # only if used
    _output_dense = another_name("output_dense")

    # only if used
    _dropout_layer = another_name("dropout_layer")

    # only if used
    def _get_common_kwargs_for_sublayer(self):
        """Arguments of the layers that project queries, keys, values and outputs."""
        names = ("kernel_initializer", "bias_initializer", "dtype")
        return {name: getattr(self, name) for name in names}

    def _build_attention(self, rank):
        """Settle the axes of attention for projected queries of this rank."""
        self.attention_axes = self.attention_axes or tuple(range(1, rank - 2))

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        """Attention of projected (batch, steps, heads, size), and its weights; subclasses may do it otherwise."""
        dropout = functools.partial(self.dropout_layer, training=training)
        several = len(self.attention_axes or ()) > 1
        zeros = return_attention_scores or self.dropout_layer.rate > 0 or several
        mask = None if attention_mask is None else attention_mask.bool()
        return attended(query, key, value, mask, dropout, zeros)

    def along_axes(self, x, axes):
        """(..., steps, heads, size) with the attention axes in one."""
        count = len(axes)
        x = x.movedim(axes, tuple(range(-2 - count, -2)))
        return x.flatten(-2 - count, -3)

    def forward(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=False,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        # [full
        for x in (query, value, key):  # their masks end here
            set_mask(x, None)
        # full]
        axes = tuple(axis % query.ndim for axis in self.attention_axes or range(1, query.ndim - 1))
        sizes = (query.shape[1], value.shape[1])
        mask = joined_mask(query_mask, value_mask, key_mask, attention_mask, use_causal_mask, sizes)
        if mask is not None and len(axes) > 1:
            mask = mask.flatten(-len(axes)).flatten(-1 - len(axes), -2)
        gate = self.gate_dense(query) if self.use_gate else None
        query, key, value = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        steps, others = [query.shape[axis] for axis in axes], [key.shape[axis] for axis in axes]
        parts = (self.along_axes(x, axes) for x in (query, key, value))
        x, weights = self._compute_attention(*parts, mask, training, return_attention_scores)
        x = x.unflatten(-3, steps).movedim(tuple(range(-2 - len(axes), -2)), axes)
        x = self.output_dense(x if gate is None else x * gate)
        if not return_attention_scores:
            return x
        return x, weights.unflatten(-1, others).unflatten(-1 - len(axes), steps)


class GroupQueryAttention(Layer):
    """Attention of several heads of (batch, steps, features) where groups of queries share keys and values."""

    supports_masking = True

    def __init__(
        self,
        head_dim,
        num_query_heads,
        num_key_value_heads,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        use_gate=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if sliding_window is not None:
            raise ValueError("GroupQueryAttention: sliding_window has no counterpart, pass an attention_mask")
        self.head_dim, self.use_bias, self.use_gate = head_dim, use_bias, use_gate
        self.num_query_heads, self.num_key_value_heads = num_query_heads, num_key_value_heads
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.dropout_layer = Dropout(dropout)

    def build(self, query_shape, value_shape, key_shape=None):
        heads, axes = (self.num_query_heads, self.head_dim), "nd" if self.use_bias else None
        few = (self.num_key_value_heads, self.head_dim)
        initializers = (self.kernel_initializer, self.bias_initializer)
        equation = "...x,xnd->...nd"
        self.query_dense = EinsumDense(equation, heads, None, axes, *initializers, name="query")
        self.key_dense = EinsumDense(equation, few, None, axes, *initializers, name="key")
        self.gate_dense = None
        if self.use_gate:
            self.gate_dense = EinsumDense(equation, heads, "sigmoid", axes, *initializers, name="gate")
        self.value_dense = EinsumDense(equation, few, None, axes, *initializers, name="value")
        size, axes = query_shape[-1], "x" if self.use_bias else None
        self.output_dense = EinsumDense("...nd,ndx->...x", size, None, axes, *initializers, name="attention_output")

    def forward(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=False,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        sizes = (query.shape[1], value.shape[1])
        mask = joined_mask(query_mask, value_mask, key_mask, attention_mask, use_causal_mask, sizes)
        gate = self.gate_dense(query) if self.use_gate else None
        query, key, value = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        repeats = self.num_query_heads // self.num_key_value_heads
        key, value = (x.repeat_interleave(repeats, dim=2) for x in (key, value))
        zeros = return_attention_scores or self.dropout_layer.rate > 0
        x, weights = attended(query, key, value, mask, self.dropout_layer, zeros)
        x = self.output_dense(x if gate is None else x * gate)
        return (x, weights) if return_attention_scores else x


class Attention(Layer):
    """Attention of [query, value] or [query, value, key], each (batch, steps, features)."""

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.use_scale, self.score_mode = use_scale, score_mode
        self.dropout_layer = Dropout(dropout)

    def build(self, input_shape):
        self.scale = self.add_weight((), "ones") if self.use_scale else None
        self.concat_score_weight = self.add_weight((), "ones") if self.score_mode == "concat" else None

    def scores(self, query, key):
        """How well each query fits each key."""
        if self.score_mode == "dot":
            scores = query @ key.transpose(-1, -2)
            return scores if self.scale is None else scores * self.scale
        total = query.unsqueeze(-2) + key.unsqueeze(-3)
        total = total if self.scale is None else self.scale * total
        return self.concat_score_weight * torch.tanh(total).sum(-1)

    def compute_mask(self, inputs, mask=None):
        """The mask of the query."""
        return mask[0] if mask else None

    def forward(self, inputs, mask=None, training=False, return_attention_scores=False, use_causal_mask=False):
        query, value, key = inputs if len(inputs) == 3 else (*inputs, inputs[1])
        query_mask, value_mask = mask[:2] if mask else (None, None)
        scores = self.scores(query, key)
        kept = joined_mask(None, value_mask, None, None, use_causal_mask, scores.shape[-2:])
        if kept is not None:
            scores = torch.where(kept.to(scores.device), scores, scores - 1e9)
        weights = self.dropout_layer(torch.softmax(scores, dim=-1))
        x = weights @ value
        if query_mask is not None:
            x = torch.where(query_mask.bool().unsqueeze(-1), x, 0.0)
        return (x, weights) if return_attention_scores else x


class AdditiveAttention(Attention):
    """Attention whose scores are sums of tanh(query + key), with a learned weight for each feature."""

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        self.scale = self.add_weight(input_shape[0][-1:], "glorot_uniform") if self.use_scale else None

    def scores(self, query, key):
        total = torch.tanh(query.unsqueeze(-2) + key.unsqueeze(-3))
        return (total if self.scale is None else self.scale * total).sum(-1)
