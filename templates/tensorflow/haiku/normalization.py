"""Haiku's normalising layers, with its names of parameters and state."""

import keras
import tensorflow as tf

from ..math import as_tensor, reduce_sum, var
from ..shape import shape_of
from .base import Module, get_parameter, get_state
from .frames import set_state, transparent
from .initializers import Constant, RandomNormal
from .places import channel_axis


class ExponentialMovingAverage(Module):
    """A running average; without bias towards its first value unless said otherwise."""

    def __init__(self, decay, zero_debias=True, warmup_length=0, name=None):
        super().__init__(name=name)
        if warmup_length and zero_debias:
            raise ValueError("an average that warms up has no bias: give zero_debias=False")
        self.decay, self.zero_debias, self.warmup_length = decay, zero_debias, warmup_length

    def initialize(self, shape, dtype=tf.float32):
        """Make the state for values of this shape."""
        get_state("hidden", shape, dtype, init=tf.zeros)
        get_state("average", shape, dtype, init=tf.zeros)

    def call(self, value, update_stats=True):
        value = tf.convert_to_tensor(value)
        counter = get_state("counter", (), tf.int32, init=Constant(-self.warmup_length)) + 1
        decay = as_tensor(self.decay, dtype=value.dtype)
        if self.warmup_length:
            decay = keras.ops.where(counter <= 0, tf.zeros_like(decay), decay)
        hidden = get_state("hidden", shape_of(value), value.dtype, init=tf.zeros)
        hidden = hidden * decay + value * (1 - decay)
        average = hidden
        if self.zero_debias:
            average = hidden / (1 - keras.ops.power(decay, tf.cast(counter, value.dtype)))
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
        data_format="channels_last", name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.create_scale, self.create_offset = create_scale, create_offset
        self.eps, self.axis = eps, axis
        self.scale_init, self.offset_init = scale_init or tf.ones, offset_init or tf.zeros
        self.channel_axis = channel_axis(data_format)
        self.mean_ema = ExponentialMovingAverage(decay_rate, name="mean_ema")
        self.var_ema = ExponentialMovingAverage(decay_rate, name="var_ema")

    def call(self, inputs, is_training, test_local_stats=False, scale=None, offset=None):
        channels = self.channel_axis % len(inputs.shape)
        axes = tuple(axis for axis in range(len(inputs.shape)) if axis != channels)
        axes = axes if self.axis is None else tuple(self.axis)
        if is_training or test_local_stats:
            mean = keras.ops.mean(inputs, axis=axes, keepdims=True)
            variance = keras.ops.mean(tf.square(inputs), axis=axes, keepdims=True) - tf.square(mean)
        else:
            mean = tf.cast(self.mean_ema.average, inputs.dtype)
            variance = tf.cast(self.var_ema.average, inputs.dtype)
        if is_training:
            self.mean_ema(tf.stop_gradient(mean))
            self.var_ema(tf.stop_gradient(variance))
        shape = [1 if axis in axes else size for axis, size in enumerate(shape_of(inputs))]
        inv = tf.math.rsqrt(variance + self.eps)
        if self.create_scale:
            scale = get_parameter("scale", shape, inputs.dtype, self.scale_init)
        if self.create_offset:
            offset = get_parameter("offset", shape, inputs.dtype, self.offset_init)
        y = (inputs - mean) * (inv if scale is None else scale * inv)
        return y if offset is None else y + offset


def listed_axes(axis, rank):
    """The axes that a number, several numbers or a slice mean, counted from the front."""
    if isinstance(axis, slice):
        return tuple(range(rank))[axis]
    axes = (axis,) if isinstance(axis, int) else axis
    return tuple(sorted({a % rank for a in axes}))


def shape_along(inputs, axes):
    """The sizes along these axes and 1 along the others; the last size alone where it is the only one."""
    rank = len(shape_of(inputs))
    if axes == (rank - 1,):
        return (shape_of(inputs)[-1],)
    return tuple(shape_of(inputs)[axis] if axis in axes else 1 for axis in range(rank))


class LayerNorm(Module):
    """Normalisation over axes; scale and offset are along the last one unless said otherwise."""

    def __init__(
        self, axis, create_scale, create_offset, eps=1e-05, scale_init=None, offset_init=None, use_fast_variance=False,
        name=None, *, param_axis=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.axis, self.param_axis = axis, -1 if param_axis is None else param_axis
        self.create_scale, self.create_offset, self.eps = create_scale, create_offset, eps
        self.scale_init, self.offset_init = scale_init or tf.ones, offset_init or tf.zeros
        self.use_fast_variance = use_fast_variance

    def call(self, inputs, scale=None, offset=None):
        axes = listed_axes(self.axis, len(inputs.shape))
        mean = keras.ops.mean(inputs, axis=axes, keepdims=True)
        if self.use_fast_variance:
            variance = keras.ops.mean(tf.square(inputs), axis=axes, keepdims=True) - tf.square(mean)
        else:
            variance = var(inputs, axis=axes, keepdims=True)
        inv = tf.math.rsqrt(variance + self.eps)
        shape = shape_along(inputs, listed_axes(self.param_axis, len(inputs.shape)))
        if self.create_scale:
            scale = get_parameter("scale", shape, inputs.dtype, self.scale_init)
        if self.create_offset:
            offset = get_parameter("offset", shape, inputs.dtype, self.offset_init)
        y = (inv if scale is None else scale * inv) * (inputs - mean)
        return y if offset is None else y + offset


class InstanceNorm(LayerNorm):
    """Normalisation of each channel of each example."""

    def __init__(
        self, create_scale, create_offset, eps=1e-05, scale_init=None, offset_init=None, data_format="channels_last",
        name=None,
    ):  # fmt: skip
        channels = channel_axis(data_format)
        super().__init__(
            slice(2, None) if channels == 1 else slice(1, -1), create_scale, create_offset, eps, scale_init,
            offset_init, name=name, param_axis=channels,
        )  # fmt: skip


class RMSNorm(Module):
    """Division by the root of the mean square over axes."""

    def __init__(
        self, axis, eps=1e-05, scale_init=None, name=None, create_scale=True, *, param_axis=None
    ):
        super().__init__(name=name)
        self.axis, self.param_axis = axis, -1 if param_axis is None else param_axis
        self.eps, self.create_scale, self.scale_init = eps, create_scale, scale_init or tf.ones

    def call(self, inputs):
        axes = listed_axes(self.axis, len(inputs.shape))
        inv = tf.math.rsqrt(keras.ops.mean(tf.square(inputs), axis=axes, keepdims=True) + self.eps)
        if not self.create_scale:
            return inputs * inv
        shape = shape_along(inputs, listed_axes(self.param_axis, len(inputs.shape)))
        return inputs * get_parameter("scale", shape, inputs.dtype, self.scale_init) * inv


class GroupNorm(Module):
    """Normalisation of groups of channels, over all axes but the first unless said otherwise."""

    def __init__(
        self, groups, axis=None, create_scale=True, create_offset=True, eps=1e-05, scale_init=None,
        offset_init=None, data_format="channels_last", name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.groups, self.eps = groups, eps
        self.axis = slice(1, None) if axis is None else axis
        self.create_scale, self.create_offset = create_scale, create_offset
        self.scale_init, self.offset_init = scale_init or tf.ones, offset_init or tf.zeros
        self.channel_axis = channel_axis(data_format)

    def call(self, x, scale=None, offset=None):
        rank, sizes = len(x.shape), list(shape_of(x))
        channels = sizes[self.channel_axis]
        if channels % self.groups:
            raise ValueError(f"{channels} channels cannot be divided into {self.groups} groups")
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        axes = tuple(range(rank))[axes] if isinstance(axes, slice) else tuple(axes)
        if self.channel_axis == 1:
            axes = tuple(axis + 1 if axis else 0 for axis in axes)
            shape = (channels,) + (1,) * (rank - 2)
            divided = [self.groups, channels // self.groups, *sizes[2:]]
        else:
            axes = tuple(axis + 1 if axis == rank - 1 else axis for axis in axes)
            shape = (channels,)
            divided = [*sizes[1:-1], self.groups, channels // self.groups]
        y = tf.reshape(x, (-1, *divided))
        mean = keras.ops.mean(y, axis=axes, keepdims=True)
        variance = var(y, axis=axes, keepdims=True)
        y = tf.reshape((y - mean) * tf.math.rsqrt(variance + self.eps), (-1, *sizes[1:]))
        if self.create_scale:
            scale = get_parameter("scale", shape, x.dtype, self.scale_init)
        if self.create_offset:
            offset = get_parameter("offset", shape, x.dtype, self.offset_init)
        y = y if scale is None else y * scale
        return y if offset is None else y + offset


class SpectralNorm(Module):
    """Division by the largest singular value, which repeated products estimate."""

    def __init__(self, eps=0.0001, n_steps=1, name=None):
        super().__init__(name=name)
        self.eps, self.n_steps = eps, n_steps

    def call(self, value, update_stats=True, error_on_non_matrix=False):
        if len(value.shape) < 2 or (len(value.shape) > 2 and error_on_non_matrix):
            raise ValueError(f"an array with {len(value.shape)} axes is no matrix")
        matrix = tf.reshape(value, (-1, shape_of(value)[-1]))
        u = get_state("u0", (1, shape_of(matrix)[-1]), matrix.dtype, init=RandomNormal())
        v = u
        for _ in range(self.n_steps):
            v = self.of_length_one(u @ tf.transpose(matrix))
            u = self.of_length_one(v @ matrix)
        u, v = tf.stop_gradient(u), tf.stop_gradient(v)
        sigma = reduce_sum(v @ matrix * u)
        if update_stats:
            set_state("u0", u)
            set_state("sigma", sigma)
        return value / sigma

    @transparent
    def of_length_one(self, x):
        """The vector divided by its length."""
        return x * tf.math.rsqrt(reduce_sum(tf.square(x), keepdims=True) + self.eps)

    @property
    def u0(self):
        """The singular vector as it is known."""
        return get_state("u0")

    @property
    def sigma(self):
        """The singular value as it is known."""
        return get_state("sigma", (), init=tf.ones)
