"""Layers of flax.linen with its names and layouts of weights."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..flax_functions import (
    dropped_out,
    embedding_normal,
    flax_attention,
    flax_conv_transpose,
    flax_convolution,
    flipped_sequences,
    lecun_normal,
    mean_and_variance,
    new_key,
    normalized,
    ones,
    orthogonal,
    promoted,
    zeros,
)
from ..windows import positive_axes, several
from .base import Module
from .functions import merge_param


def flat_init(init):
    """An initialiser of a kernel over several axes from one of a matrix."""

    def made(key, shape, inputs, dtype):
        flat = (math.prod(shape[:inputs]), math.prod(shape[inputs:]))
        return init(key, flat if inputs else flat[1:], dtype).reshape(shape)

    return made


class Dense(Module):
    """``x @ kernel + bias``."""

    features: int
    use_bias: bool = True
    dtype: Any = None
    param_dtype: Any = torch.float32
    kernel_init: Callable = lecun_normal
    bias_init: Callable = zeros

    def forward(self, inputs):
        kernel = self.param(
            "kernel", self.kernel_init, (inputs.shape[-1], self.features), self.param_dtype
        )
        bias = (
            self.param("bias", self.bias_init, (self.features,), self.param_dtype)
            if self.use_bias
            else None
        )
        inputs, kernel, bias = promoted(inputs, kernel, bias, dtype=self.dtype)
        y = inputs @ kernel
        return y if bias is None else y + bias


class DenseGeneral(Module):
    """A linear layer over several axes."""

    features: Any
    axis: Any = -1
    use_bias: bool = True
    dtype: Any = None
    param_dtype: Any = torch.float32
    kernel_init: Callable = lecun_normal
    bias_init: Callable = zeros

    def forward(self, inputs):
        features, axes = several(self.features), [axis % inputs.ndim for axis in several(self.axis)]
        shape = (*(inputs.shape[axis] for axis in axes), *features)
        kernel = self.param(
            "kernel", flat_init(self.kernel_init), shape, len(axes), self.param_dtype
        )
        bias = (
            self.param("bias", flat_init(self.bias_init), features, 0, self.param_dtype)
            if self.use_bias
            else None
        )
        inputs, kernel, bias = promoted(inputs, kernel, bias, dtype=self.dtype)
        y = torch.tensordot(inputs, kernel, dims=(axes, list(range(len(axes)))))
        return y if bias is None else y + bias


class Einsum(Module):
    """``einsum(einsum_str, inputs, kernel)`` plus a bias along the axes of the kernel that stay."""

    shape: Sequence
    einsum_str: str | None = None
    use_bias: bool = True
    dtype: Any = None
    param_dtype: Any = torch.float32
    kernel_init: Callable = lecun_normal
    bias_init: Callable = zeros

    def forward(self, inputs, einsum_str=None):
        equation = (einsum_str or self.einsum_str).replace(" ", "")
        terms, result = equation.split("->")
        letters = terms.split(",")[1].replace(".", "")
        kept = [letter for letter in result.replace(".", "") if letter in letters]
        sizes = dict(zip(letters, self.shape, strict=True))
        kernel = self.param("kernel", self.kernel_init, tuple(self.shape), self.param_dtype)
        bias = None
        if self.use_bias:
            shape = tuple(sizes[letter] for letter in kept)
            bias = self.param("bias", self.bias_init, shape, self.param_dtype)
        inputs, kernel, bias = promoted(inputs, kernel, bias, dtype=self.dtype)
        y = torch.einsum(equation, inputs, kernel)
        if bias is None:
            return y
        along = [sizes.get(letter, 1) for letter in result.replace(".", "")]
        return y + bias.reshape(along)


class Conv(Module):
    """Convolution over the axes before the channels, which come last; the kernel is (window, in / groups, out)."""

    features: int
    kernel_size: Any
    strides: Any = 1
    padding: Any = "SAME"
    input_dilation: Any = 1
    kernel_dilation: Any = 1
    feature_group_count: int = 1
    use_bias: bool = True
    mask: Any = None
    dtype: Any = None
    param_dtype: Any = torch.float32
    kernel_init: Callable = lecun_normal
    bias_init: Callable = zeros

    def forward(self, inputs):
        shape = (
            *several(self.kernel_size),
            inputs.shape[-1] // self.feature_group_count,
            self.features,
        )
        kernel = self.param("kernel", self.kernel_init, shape, self.param_dtype)
        kernel = kernel if self.mask is None else kernel * self.mask
        bias = (
            self.param("bias", self.bias_init, (self.features,), self.param_dtype)
            if self.use_bias
            else None
        )
        inputs, kernel, bias = promoted(inputs, kernel, bias, dtype=self.dtype)
        return flax_convolution(
            inputs, kernel, bias, self.strides, self.padding, self.input_dilation, self.kernel_dilation,
            self.feature_group_count,
        )  # fmt: skip


class ConvTranspose(Module):
    """Transposed convolution; the kernel is (window, in, out), or (window, out, in) with ``transpose_kernel``."""

    features: int
    kernel_size: Any
    strides: Any = None
    padding: Any = "SAME"
    kernel_dilation: Any = None
    use_bias: bool = True
    mask: Any = None
    dtype: Any = None
    param_dtype: Any = torch.float32
    kernel_init: Callable = lecun_normal
    bias_init: Callable = zeros
    transpose_kernel: bool = False

    def forward(self, inputs):
        channels = (inputs.shape[-1], self.features)
        shape = (
            *several(self.kernel_size),
            *(channels[::-1] if self.transpose_kernel else channels),
        )
        kernel = self.param("kernel", self.kernel_init, shape, self.param_dtype)
        kernel = kernel if self.mask is None else kernel * self.mask
        bias = (
            self.param("bias", self.bias_init, (self.features,), self.param_dtype)
            if self.use_bias
            else None
        )
        inputs, kernel, bias = promoted(inputs, kernel, bias, dtype=self.dtype)
        return flax_conv_transpose(
            inputs,
            kernel,
            bias,
            self.strides,
            self.padding,
            self.kernel_dilation,
            self.transpose_kernel,
        )


class Embed(Module):
    """Rows of a table by integer indices."""

    num_embeddings: int
    features: int
    dtype: Any = None
    param_dtype: Any = torch.float32
    embedding_init: Callable = embedding_normal

    def table(self):
        """The table itself."""
        shape = (self.num_embeddings, self.features)
        return self.param("embedding", self.embedding_init, shape, self.param_dtype)

    def forward(self, inputs):
        if inputs.is_floating_point():
            raise ValueError("the indices of an embedding must be integers")
        (table,) = promoted(self.table(), dtype=self.dtype)
        return table[inputs.long()]

    def attend(self, query):
        """The products of queries with all rows, as logits."""
        query, table = promoted(query, self.table(), dtype=self.dtype)
        return query @ table.T


class Dropout(Module):
    """Zeros with a probability unless deterministic; everything else is divided by the probability to stay."""

    rate: float
    broadcast_dims: Sequence = ()
    deterministic: bool | None = None

    def forward(self, inputs, deterministic=None, rng=None):
        off = merge_param("deterministic", self.deterministic, deterministic)
        if off or not self.rate:
            return inputs
        shape = list(inputs.shape)
        for axis in self.broadcast_dims:
            shape[axis] = 1
        return dropped_out(inputs, self.rate, shape)


class Norm(Module):
    """Scales, shifts and normalises."""

    def scaled(self, x, moments, shape, axes, features):
        """The input normalised by these moments."""
        scale = (
            self.param("scale", self.scale_init, shape, self.param_dtype)
            if self.use_scale
            else None
        )
        bias = None
        if getattr(self, "use_bias", False):
            bias = self.param("bias", self.bias_init, shape, self.param_dtype)
        return normalized(x, *moments, scale, bias, axes, features, self.epsilon, self.dtype)


class BatchNorm(Norm):
    """Normalisation over all axes but one, by the batch or by running averages; ``momentum`` weighs the old ones."""

    use_running_average: bool | None = None
    axis: Any = -1
    momentum: float = 0.99
    epsilon: float = 1e-05
    dtype: Any = None
    param_dtype: Any = torch.float32
    use_bias: bool = True
    use_scale: bool = True
    bias_init: Callable = zeros
    scale_init: Callable = ones
    use_fast_variance: bool = True

    def forward(self, x, use_running_average=None, *, mask=None):
        stored = merge_param("use_running_average", self.use_running_average, use_running_average)
        features = positive_axes(self.axis, x.ndim)
        axes = tuple(axis for axis in range(x.ndim) if axis not in features)
        shape = tuple(x.shape[axis] for axis in features)
        mean = self.variable("batch_stats", "mean", torch.zeros, shape)
        var = self.variable("batch_stats", "var", torch.ones, shape)
        if stored:
            return self.scaled(x, (mean.value, var.value), shape, axes, features)
        moments = mean_and_variance(x, axes, self.dtype, self.use_fast_variance, mask)
        if not self.is_initializing():
            for old, new in zip((mean, var), moments, strict=True):
                old.value = self.momentum * old.value + (1 - self.momentum) * new.detach()
        return self.scaled(x, moments, shape, axes, features)


class LayerNorm(Norm):
    """Normalisation over the reduction axes."""

    epsilon: float = 1e-06
    dtype: Any = None
    param_dtype: Any = torch.float32
    use_bias: bool = True
    use_scale: bool = True
    bias_init: Callable = zeros
    scale_init: Callable = ones
    reduction_axes: Any = -1
    feature_axes: Any = -1
    use_fast_variance: bool = True

    def forward(self, x, *, mask=None):
        axes, features = (
            positive_axes(a, x.ndim) for a in (self.reduction_axes, self.feature_axes)
        )
        moments = mean_and_variance(x, axes, self.dtype, self.use_fast_variance, mask)
        return self.scaled(x, moments, tuple(x.shape[axis] for axis in features), axes, features)


class RMSNorm(Norm):
    """Division by the root mean square over the reduction axes."""

    epsilon: float = 1e-06
    dtype: Any = None
    param_dtype: Any = torch.float32
    use_scale: bool = True
    scale_init: Callable = ones
    reduction_axes: Any = -1
    feature_axes: Any = -1
    use_fast_variance: bool = True

    def forward(self, x, *, mask=None):
        axes, features = (
            positive_axes(a, x.ndim) for a in (self.reduction_axes, self.feature_axes)
        )
        moments = mean_and_variance(
            x, axes, self.dtype, self.use_fast_variance, mask, centered=False
        )
        return self.scaled(x, moments, tuple(x.shape[axis] for axis in features), axes, features)


class GroupNorm(Norm):
    """Normalisation of groups of neighbouring features over all axes but the first."""

    num_groups: int | None = 32
    group_size: int | None = None
    epsilon: float = 1e-06
    dtype: Any = None
    param_dtype: Any = torch.float32
    use_bias: bool = True
    use_scale: bool = True
    bias_init: Callable = zeros
    scale_init: Callable = ones
    use_fast_variance: bool = True

    def forward(self, x, *, mask=None):
        if (self.num_groups is None) == (self.group_size is None):
            raise ValueError("give either num_groups or group_size; num_groups must then be None")
        size = self.group_size or x.shape[-1] // self.num_groups
        if x.shape[-1] % size or size * (self.num_groups or 0) not in (0, x.shape[-1]):
            raise ValueError(f"groups of {size} do not divide {x.shape[-1]} features")
        groups = x.reshape(*x.shape[:-1], -1, size)
        if mask is not None:
            mask = mask.reshape(*mask.shape[:-1], -1, size)
        between = tuple(range(1, x.ndim - 1))
        moments = mean_and_variance(
            groups, (*between, -1), self.dtype, self.use_fast_variance, mask
        )
        moments = [m.repeat_interleave(size, dim=1) for m in moments]
        return self.scaled(x, moments, tuple(x.shape[-1:]), between, -1)


class InstanceNorm(Norm):
    """Normalisation over all axes but the first and those of the features."""

    epsilon: float = 1e-06
    dtype: Any = None
    param_dtype: Any = torch.float32
    use_bias: bool = True
    use_scale: bool = True
    bias_init: Callable = zeros
    scale_init: Callable = ones
    feature_axes: Any = -1
    use_fast_variance: bool = True

    def forward(self, x, *, mask=None):
        features = positive_axes(self.feature_axes, x.ndim)
        axes = tuple(axis for axis in range(1, x.ndim) if axis not in features)
        moments = mean_and_variance(x, axes, self.dtype, self.use_fast_variance, mask)
        return self.scaled(x, moments, tuple(x.shape[axis] for axis in features), axes, features)


class Sequential(Module):
    """Functions one after the other; a tuple is the arguments of the next one, a dictionary its keywords."""

    layers: Sequence

    def forward(self, *args, **kwargs):
        output = self.layers[0](*args, **kwargs)
        for layer in self.layers[1:]:
            if isinstance(output, tuple):
                output = layer(*output)
            else:
                output = layer(**output) if isinstance(output, dict) else layer(output)
        return output


class MultiHeadDotProductAttention(Module):
    """Attention of several heads; kernels are (in, heads, depth) and (heads, depth, out)."""

    num_heads: int
    dtype: Any = None
    param_dtype: Any = torch.float32
    qkv_features: int | None = None
    out_features: int | None = None
    broadcast_dropout: bool = True
    dropout_rate: float = 0.0
    deterministic: bool | None = None
    kernel_init: Callable = lecun_normal
    out_kernel_init: Callable | None = None
    bias_init: Callable = zeros
    out_bias_init: Callable | None = None
    use_bias: bool = True
    attention_fn: Callable = flax_attention
    normalize_qk: bool = False

    def forward(
        self, inputs_q, inputs_k=None, inputs_v=None, *, inputs_kv=None, mask=None, deterministic=None,
        dropout_rng=None,
    ):  # fmt: skip
        if inputs_kv is not None:
            inputs_k = inputs_v = inputs_kv
        inputs_k = inputs_q if inputs_k is None else inputs_k
        inputs_v = inputs_k if inputs_v is None else inputs_v
        features = self.qkv_features or inputs_q.shape[-1]
        if features % self.num_heads:
            raise ValueError(f"{self.num_heads} heads do not divide {features} features")
        common = {"use_bias": self.use_bias, "dtype": self.dtype, "param_dtype": self.param_dtype}
        project = functools.partial(
            DenseGeneral, (self.num_heads, features // self.num_heads), kernel_init=self.kernel_init,
            bias_init=self.bias_init, **common,
        )  # fmt: skip
        query = self.layer("query", project)(inputs_q)
        key, value = self.layer("key", project)(inputs_k), self.layer("value", project)(inputs_v)
        if self.normalize_qk:
            norm = functools.partial(
                LayerNorm, use_bias=False, dtype=self.dtype, param_dtype=self.param_dtype
            )
            query, key = self.layer("query_ln", norm)(query), self.layer("key_ln", norm)(key)
        off = True
        if self.dropout_rate:
            off = merge_param("deterministic", self.deterministic, deterministic)
        attended = self.attention_fn(
            query, key, value, mask=mask, dropout_rng=None, dropout_rate=self.dropout_rate,
            broadcast_dropout=self.broadcast_dropout, deterministic=off, dtype=self.dtype,
        )  # fmt: skip
        merge = functools.partial(
            DenseGeneral, self.out_features or inputs_q.shape[-1], axis=(-2, -1),
            kernel_init=self.out_kernel_init or self.kernel_init,
            bias_init=self.out_bias_init or self.bias_init, **common,
        )  # fmt: skip
        return self.layer("out", merge)(attended)


class MultiHeadAttention(MultiHeadDotProductAttention):
    """Attention of several heads."""


class SelfAttention(MultiHeadDotProductAttention):
    """Attention of several heads of an input to itself."""

    def forward(self, inputs_q, mask=None, deterministic=None, dropout_rng=None):
        return super().forward(inputs_q, mask=mask, deterministic=deterministic)


class RecurrentCell(Module):
    """The first carry of a cell."""

    carries = 1
    num_feature_axes = 1

    def initialize_carry(self, rng, input_shape):
        """The carry before the first step for inputs of this shape."""
        shape = (*input_shape[:-1], self.features)
        made = tuple(
            self.carry_init(new_key(), shape, self.param_dtype) for _ in range(self.carries)
        )
        return made if self.carries > 1 else made[0]

    def dense(self, name, recurrent, use_bias, size):
        """A layer of the input or of the hidden state."""
        make = functools.partial(
            Dense, size, use_bias=use_bias, bias_init=self.bias_init, dtype=self.dtype,
            kernel_init=self.recurrent_kernel_init if recurrent else self.kernel_init,
            param_dtype=self.param_dtype,
        )  # fmt: skip
        return self.layer(name, make)


class LSTMCell(RecurrentCell):
    """A long short-term memory cell with a layer for each gate."""

    features: int
    gate_fn: Callable = torch.sigmoid
    activation_fn: Callable = torch.tanh
    kernel_init: Callable = lecun_normal
    recurrent_kernel_init: Callable = orthogonal
    bias_init: Callable = zeros
    dtype: Any = None
    param_dtype: Any = torch.float32
    carry_init: Callable = zeros

    carries = 2

    def forward(self, carry, inputs):
        c, h = carry
        size = h.shape[-1]
        i, f, g, o = (
            self.dense(f"i{gate}", False, False, size)(inputs)
            + self.dense(f"h{gate}", True, True, size)(h)
            for gate in "ifgo"
        )
        c = self.gate_fn(f) * c + self.gate_fn(i) * self.activation_fn(g)
        h = self.gate_fn(o) * self.activation_fn(c)
        return (c, h), h


class OptimizedLSTMCell(LSTMCell):
    """A long short-term memory cell."""


class GRUCell(RecurrentCell):
    """A gated recurrent unit; the bias of the candidate is applied before the reset."""

    features: int
    gate_fn: Callable = torch.sigmoid
    activation_fn: Callable = torch.tanh
    kernel_init: Callable = lecun_normal
    recurrent_kernel_init: Callable = orthogonal
    bias_init: Callable = zeros
    dtype: Any = None
    param_dtype: Any = torch.float32
    carry_init: Callable = zeros

    def forward(self, carry, inputs):
        size = carry.shape[-1]
        xr, xz, xn = (self.dense(f"i{gate}", False, True, size)(inputs) for gate in "rzn")
        hr, hz, hn = (self.dense(f"h{gate}", True, gate == "n", size)(carry) for gate in "rzn")
        z = self.gate_fn(xz + hz)
        n = self.activation_fn(xn + self.gate_fn(xr + hr) * hn)
        h = (1 - z) * n + z * carry
        return h, h


class SimpleCell(RecurrentCell):
    """A cell with one activation."""

    features: int
    activation_fn: Callable = torch.tanh
    kernel_init: Callable = lecun_normal
    recurrent_kernel_init: Callable = orthogonal
    bias_init: Callable = zeros
    dtype: Any = None
    param_dtype: Any = torch.float32
    carry_init: Callable = zeros
    residual: bool = False

    def forward(self, carry, inputs):
        size = carry.shape[-1]
        h = self.dense("i", False, True, size)(inputs) + self.dense("h", True, False, size)(carry)
        h = self.activation_fn(h + carry if self.residual else h)
        return h, h


class RNN(Module):
    """A cell run along the time axis, which is the one before the features, or the first with ``time_major``."""

    cell: Any
    time_major: bool = False
    return_carry: bool = False
    reverse: bool = False
    keep_order: bool = False

    def forward(
        self, inputs, *, initial_carry=None, init_key=None, seq_lengths=None, return_carry=None, time_major=None,
        reverse=None, keep_order=None,
    ):  # fmt: skip
        return_carry = self.return_carry if return_carry is None else return_carry
        time_major = self.time_major if time_major is None else time_major
        reverse = self.reverse if reverse is None else reverse
        keep_order = self.keep_order if keep_order is None else keep_order
        time = 0 if time_major else inputs.ndim - (self.cell.num_feature_axes + 1)
        if reverse:
            inputs = flipped_sequences(inputs, seq_lengths, time)
        steps = inputs.unbind(time)
        carry = (
            self.cell.initialize_carry(None, tuple(steps[0].shape))
            if initial_carry is None
            else initial_carry
        )
        carries, outputs = [], []
        for step in steps:
            carry, output = self.cell(carry, step)
            carries.append(carry)
            outputs.append(output)
        outputs = torch.stack(outputs, dim=time)
        if seq_lengths is not None and return_carry:
            carry = carry_at(carries, seq_lengths - 1)
        if reverse and keep_order:
            outputs = flipped_sequences(outputs, seq_lengths, time)
        return (carry, outputs) if return_carry else outputs


def carry_at(carries, steps):
    """The carry of each sequence after its last step."""
    if isinstance(carries[0], tuple):
        return tuple(carry_at(parts, steps) for parts in zip(*carries, strict=True))
    return torch.stack(carries)[steps.long(), torch.arange(len(steps), device=steps.device)]


def concatenated(first, second):
    """The outputs of both directions beside each other."""
    return torch.cat([first, second], dim=-1)


class Bidirectional(Module):
    """Two recurrent layers, the second from the end to the start, with merged outputs."""

    forward_rnn: Any
    backward_rnn: Any
    merge_fn: Callable = concatenated
    time_major: bool = False
    return_carry: bool = False

    def forward(
        self,
        inputs,
        *,
        initial_carry=None,
        init_key=None,
        seq_lengths=None,
        return_carry=None,
        time_major=None,
    ):
        time_major = self.time_major if time_major is None else time_major
        return_carry = self.return_carry if return_carry is None else return_carry
        first, second = (None, None) if initial_carry is None else initial_carry
        common = {"seq_lengths": seq_lengths, "return_carry": True, "time_major": time_major}
        ahead, outputs = self.forward_rnn(inputs, initial_carry=first, reverse=False, **common)
        back, reversed_outputs = self.backward_rnn(
            inputs, initial_carry=second, reverse=True, keep_order=True, **common
        )
        merged = self.merge_fn(outputs, reversed_outputs)
        return ((ahead, back), merged) if return_carry else merged


class PReLU(Module):
    """The identity for positive inputs, a learned slope for negative ones."""

    param_dtype: Any = torch.float32
    negative_slope_init: float = 0.01

    def forward(self, inputs):
        slope = self.param("negative_slope", self.first_slope)
        return torch.where(inputs >= 0, inputs, slope.to(inputs.dtype) * inputs)

    def first_slope(self, key):
        """The slope before training."""
        return torch.tensor(self.negative_slope_init, dtype=self.param_dtype)
