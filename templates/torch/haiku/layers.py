"""Layers of Haiku, with its names and layouts of parameters."""

import collections
import math

import torch

from ..channels_last import pool
from ..flax_functions import flax_conv_transpose, flax_convolution, several
from ..keys import random_bernoulli, random_normal, random_truncated_normal, random_uniform
from .base import Module, get_parameter, get_state, next_rng_key, set_state


class TruncatedNormal:
    """Normal numbers within two standard deviations."""

    def __init__(self, stddev=1.0, mean=0.0):
        self.stddev, self.mean = stddev, mean

    def __call__(self, shape, dtype=torch.float32):
        return (
            random_truncated_normal(next_rng_key(), -2.0, 2.0, shape, dtype) * self.stddev
            + self.mean
        )


class RandomNormal:
    """Normal numbers."""

    def __init__(self, stddev=1.0, mean=0.0):
        self.stddev, self.mean = stddev, mean

    def __call__(self, shape, dtype=torch.float32):
        return random_normal(next_rng_key(), shape, dtype) * self.stddev + self.mean


class RandomUniform:
    """Uniform numbers."""

    def __init__(self, minval=0.0, maxval=1.0):
        self.minval, self.maxval = minval, maxval

    def __call__(self, shape, dtype=torch.float32):
        return random_uniform(next_rng_key(), shape, dtype, self.minval, self.maxval)


class Constant:
    """A constant."""

    def __init__(self, constant):
        self.constant = constant

    def __call__(self, shape, dtype=torch.float32):
        return torch.broadcast_to(torch.as_tensor(self.constant), shape).to(dtype).clone()


class VarianceScaling:
    """Numbers whose variance is scale over the fan-in, the fan-out or their mean."""

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal"):
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def __call__(self, shape, dtype=torch.float32):
        window = math.prod(shape[:-2])
        fan_in, fan_out = (
            (shape[-2] * window, shape[-1] * window) if len(shape) > 1 else (math.prod(shape),) * 2
        )
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            return RandomUniform(-math.sqrt(3 * variance), math.sqrt(3 * variance))(shape, dtype)
        if self.distribution == "normal":
            return RandomNormal(math.sqrt(variance))(shape, dtype)
        # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
        return TruncatedNormal(math.sqrt(variance) / 0.87962566103423978)(shape, dtype)


class Linear(Module):
    """``x @ w + b``."""

    def __init__(self, output_size, with_bias=True, w_init=None, b_init=None, name=None):
        super().__init__(name=name)
        self.output_size, self.with_bias, self.w_init, self.b_init = (
            output_size,
            with_bias,
            w_init,
            b_init,
        )

    def forward(self, inputs):
        size = inputs.shape[-1]
        init = self.w_init or TruncatedNormal(1 / math.sqrt(size))
        out = inputs @ get_parameter("w", (size, self.output_size), inputs.dtype, init)
        if self.with_bias:
            out = out + get_parameter(
                "b", (self.output_size,), inputs.dtype, self.b_init or torch.zeros
            )
        return out


class ConvND(Module):
    """Convolution of arrays whose channels come last; ``w`` is (window, in / groups, out)."""

    def __init__(
        self, num_spatial_dims, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True,
        w_init=None, b_init=None, data_format="channels_last", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        if not data_format.endswith("C") and data_format != "channels_last":
            raise NotImplementedError("channels come last in converted convolutions")
        self.rank, self.output_channels, self.padding = num_spatial_dims, output_channels, padding
        self.kernel_shape = several(kernel_shape) * (
            num_spatial_dims if isinstance(kernel_shape, int) else 1
        )
        self.stride, self.rate, self.with_bias, self.w_init, self.b_init = (
            stride,
            rate,
            with_bias,
            w_init,
            b_init,
        )
        self.mask, self.feature_group_count = mask, feature_group_count

    def forward(self, inputs):
        shape = (
            *self.kernel_shape,
            inputs.shape[-1] // self.feature_group_count,
            self.output_channels,
        )
        init = self.w_init or TruncatedNormal(1 / math.sqrt(math.prod(shape[:-1])))
        w = get_parameter("w", shape, inputs.dtype, init)
        w = w if self.mask is None else w * self.mask
        y = flax_convolution(
            inputs, w, None, self.stride, self.padding, 1, self.rate, self.feature_group_count
        )  # fmt: skip
        if self.with_bias:
            y = y + get_parameter(
                "b", (self.output_channels,), inputs.dtype, self.b_init or torch.zeros
            )
        return y


class Conv1D(ConvND):
    """Convolution over one axis."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NWC", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(
            1, output_channels, kernel_shape, stride, rate, padding, with_bias, w_init, b_init, data_format, mask,
            feature_group_count, name,
        )  # fmt: skip


class Conv2D(ConvND):
    """Convolution over two axes."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NHWC", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(
            2, output_channels, kernel_shape, stride, rate, padding, with_bias, w_init, b_init, data_format, mask,
            feature_group_count, name,
        )  # fmt: skip


class Conv2DTranspose(Module):
    """Transposed convolution over two axes; ``w`` is (window, out, in)."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, padding="SAME", with_bias=True, w_init=None, b_init=None,
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.output_channels, self.stride, self.padding = output_channels, stride, padding
        self.kernel_shape = (
            (kernel_shape,) * 2 if isinstance(kernel_shape, int) else tuple(kernel_shape)
        )
        self.with_bias, self.w_init, self.b_init = with_bias, w_init, b_init

    def forward(self, inputs):
        shape = (*self.kernel_shape, self.output_channels, inputs.shape[-1])
        fan = math.prod(self.kernel_shape) * inputs.shape[-1]
        w = get_parameter(
            "w", shape, inputs.dtype, self.w_init or TruncatedNormal(1 / math.sqrt(fan))
        )
        y = flax_conv_transpose(inputs, w.swapaxes(-1, -2), None, self.stride, self.padding)
        if self.with_bias:
            y = y + get_parameter(
                "b", (self.output_channels,), inputs.dtype, self.b_init or torch.zeros
            )
        return y


class ExponentialMovingAverage(Module):
    """A running average; without bias towards its first value unless said otherwise."""

    def __init__(self, decay, zero_debias=True, warmup_length=0, name=None):
        super().__init__(name=name)
        self.decay, self.zero_debias, self.warmup_length = decay, zero_debias, warmup_length

    def forward(self, value, update_stats=True):
        value = torch.as_tensor(value)
        counter = get_state("counter", (), torch.int32, Constant(-self.warmup_length)) + 1
        decay = 0.0 if self.warmup_length and counter <= 0 else self.decay
        hidden = get_state("hidden", value.shape, value.dtype, torch.zeros) * decay + value * (
            1 - decay
        )
        average = hidden
        if self.zero_debias:
            average = hidden / (1 - torch.pow(torch.tensor(decay, dtype=value.dtype), counter))
        if update_stats:
            set_state("counter", counter)
            set_state("hidden", hidden)
            set_state("average", average)
        return average

    @property
    def average(self):
        """The average as it is."""
        return get_state("average")


class BatchNorm(Module):
    """Normalisation by the batch while training, by running averages otherwise."""

    def __init__(
        self, create_scale, create_offset, decay_rate, eps=1e-05, scale_init=None, offset_init=None, axis=None,
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.create_scale, self.create_offset, self.eps, self.axis = (
            create_scale,
            create_offset,
            eps,
            axis,
        )
        self.scale_init, self.offset_init = scale_init or torch.ones, offset_init or torch.zeros
        self.mean_ema = ExponentialMovingAverage(decay_rate, name="mean_ema")
        self.var_ema = ExponentialMovingAverage(decay_rate, name="var_ema")

    def forward(self, inputs, is_training, test_local_stats=False, scale=None, offset=None):
        axes = tuple(range(inputs.ndim - 1)) if self.axis is None else tuple(self.axis)
        if is_training or test_local_stats:
            mean = inputs.mean(axes, keepdim=True)
            var = (inputs**2).mean(axes, keepdim=True) - mean**2
        else:
            mean, var = self.mean_ema.average.to(inputs.dtype), self.var_ema.average.to(
                inputs.dtype
            )
        if is_training:
            self.mean_ema(mean.detach())
            self.var_ema(var.detach())
        shape = [1 if axis in axes else size for axis, size in enumerate(inputs.shape)]
        inv = torch.rsqrt(var + self.eps)
        if self.create_scale:
            scale = get_parameter("scale", shape, inputs.dtype, self.scale_init)
        if self.create_offset:
            offset = get_parameter("offset", shape, inputs.dtype, self.offset_init)
        y = (inputs - mean) * (inv if scale is None else scale * inv)
        return y if offset is None else y + offset


class LayerNorm(Module):
    """Normalisation over axes; scale and offset are along the last one."""

    def __init__(
        self, axis, create_scale, create_offset, eps=1e-05, scale_init=None, offset_init=None, use_fast_variance=False,
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.axis, self.create_scale, self.create_offset, self.eps = (
            axis,
            create_scale,
            create_offset,
            eps,
        )
        self.scale_init, self.offset_init = scale_init or torch.ones, offset_init or torch.zeros

    def forward(self, inputs, scale=None, offset=None):
        rank = range(inputs.ndim)
        axes = tuple(rank[self.axis]) if isinstance(self.axis, slice) else several(self.axis)
        mean = inputs.mean(axes, keepdim=True)
        inv = torch.rsqrt(inputs.var(axes, correction=0, keepdim=True) + self.eps)
        shape = inputs.shape[-1:]
        if self.create_scale:
            scale = get_parameter("scale", shape, inputs.dtype, self.scale_init)
        if self.create_offset:
            offset = get_parameter("offset", shape, inputs.dtype, self.offset_init)
        y = (inv if scale is None else scale * inv) * (inputs - mean)
        return y if offset is None else y + offset


class Embed(Module):
    """Rows of a table by integer indices."""

    def __init__(
        self, vocab_size=None, embed_dim=None, embedding_matrix=None, w_init=None, name=None
    ):
        super().__init__(name=name)
        if embedding_matrix is not None:
            matrix = torch.as_tensor(embedding_matrix)
            vocab_size, embed_dim = matrix.shape
            w_init = lambda shape, dtype: matrix  # noqa: E731
        self.vocab_size, self.embed_dim, self.w_init = (
            vocab_size,
            embed_dim,
            w_init or TruncatedNormal(),
        )

    def forward(self, ids):
        table = get_parameter("embeddings", (self.vocab_size, self.embed_dim), init=self.w_init)
        return table[ids.long()]


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


class Flatten(Module):
    """All axes from one on in one."""

    def __init__(self, preserve_dims=1, name=None):
        super().__init__(name=name)
        self.preserve_dims = preserve_dims

    def forward(self, inputs):
        return inputs.reshape(*inputs.shape[: self.preserve_dims], -1)


LSTMState = collections.namedtuple("LSTMState", ["hidden", "cell"])


class LSTM(Module):
    """A long short-term memory cell with one layer of inputs and hidden state: input, cell, forget + 1, output."""

    def __init__(self, hidden_size, name=None):
        super().__init__(name=name)
        self.hidden_size = hidden_size

    def forward(self, inputs, prev_state):
        gates = Linear(4 * self.hidden_size)(torch.cat([inputs, prev_state.hidden], dim=-1))
        i, g, f, o = gates.chunk(4, dim=-1)
        c = torch.sigmoid(f + 1) * prev_state.cell + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, LSTMState(h, c)

    def initial_state(self, batch_size):
        """The state before the first step."""
        shape = (self.hidden_size,) if batch_size is None else (batch_size, self.hidden_size)
        return LSTMState(torch.zeros(shape), torch.zeros(shape))


class GRU(Module):
    """A gated recurrent unit whose reset comes before the product with the hidden state."""

    def __init__(self, hidden_size, w_i_init=None, w_h_init=None, b_init=None, name=None):
        super().__init__(name=name)
        self.hidden_size = hidden_size
        self.w_i_init, self.w_h_init = w_i_init or VarianceScaling(), w_h_init or VarianceScaling()
        self.b_init = b_init or torch.zeros

    def forward(self, inputs, state):
        size = self.hidden_size
        w_i = get_parameter("w_i", (inputs.shape[-1], 3 * size), inputs.dtype, self.w_i_init)
        w_h = get_parameter("w_h", (size, 3 * size), inputs.dtype, self.w_h_init)
        b = get_parameter("b", (3 * size,), inputs.dtype, self.b_init)
        x = inputs @ w_i + b
        z, r = torch.sigmoid(x[..., : 2 * size] + state @ w_h[:, : 2 * size]).chunk(2, dim=-1)
        a = torch.tanh(x[..., 2 * size :] + (r * state) @ w_h[:, 2 * size :])
        state = (1 - z) * state + z * a
        return state, state

    def initial_state(self, batch_size):
        """The state before the first step."""
        return torch.zeros(
            (self.hidden_size,) if batch_size is None else (batch_size, self.hidden_size)
        )


def dynamic_unroll(core, input_sequence, initial_state, /, time_major=True, reverse=False):
    """The outputs of a recurrent core along a sequence, and its last state."""
    time = 0 if time_major else 1
    steps = input_sequence.unbind(time)
    state, outputs = initial_state, []
    for step in reversed(steps) if reverse else steps:
        output, state = core(step, state)
        outputs.append(output)
    return torch.stack(outputs[::-1] if reverse else outputs, dim=time), state


def dropout(rng, rate, x, /):
    """Zeros with this probability, the rest divided by the probability to stay."""
    if not rate:
        return x
    return random_bernoulli(rng, 1 - rate, x.shape).to(x.dtype) * x / (1 - rate)


def spatial(value, rank):
    """Sizes along the axes between the first and the last; several sizes end with that of the channels."""
    if isinstance(value, int):
        return (value,) * rank
    values = (1,) * (rank + 2 - len(value)) + tuple(value)
    if values[0] != 1 or values[-1] != 1:
        raise NotImplementedError(f"{tuple(value)} pools over examples or channels")
    return values[1:-1]


def max_pool(value, window_shape, strides, padding, /):
    """The largest value of each window."""
    rank = value.ndim - 2
    return pool(value, spatial(window_shape, rank), "max", spatial(strides, rank), padding)


def avg_pool(value, window_shape, strides, padding, /):
    """The mean of each window without padding."""
    rank = value.ndim - 2
    return pool(value, spatial(window_shape, rank), "avg", spatial(strides, rank), padding)
